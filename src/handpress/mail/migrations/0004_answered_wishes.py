from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('mail', '0003_relay_days'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='mailevent',
            name='mail_event_outcome',
        ),
        migrations.AlterField(
            model_name='mailevent',
            name='outcome',
            field=models.PositiveSmallIntegerField(choices=[(0, 'noted'), (1, 'counted against the address'), (2, 'address is not mailed any more'), (3, 'reader has left'), (4, 'taken back: the receiver refused everybody'), (5, 'not proven who wrote: a link to leave was mailed')], default=0),
        ),
        migrations.AddConstraint(
            model_name='mailevent',
            constraint=models.CheckConstraint(condition=models.Q(('outcome__in', [0, 1, 2, 3, 4, 5])), name='mail_event_outcome'),
        ),
    ]
