from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('newsroom', '0004_topics_split_and_merged'),
    ]

    operations = [
        migrations.AddField(
            model_name='outlet',
            name='shows_accounts',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='outlet',
            name='accounts_until',
            field=models.DateField(blank=True, editable=False, null=True),
        ),
    ]
