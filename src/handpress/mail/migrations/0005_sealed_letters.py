from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('mail', '0004_answered_wishes'),
    ]

    operations = [
        migrations.AddField(
            model_name='letter',
            name='sealed_to',
            field=models.TextField(blank=True, default='', editable=False),
        ),
    ]
