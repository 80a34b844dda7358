from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('newsroom', '0005_public_accounts'),
    ]

    operations = [
        migrations.AddField(
            model_name='outlet',
            name='appeal_in_digest',
            field=models.BooleanField(default=True),
        ),
    ]
