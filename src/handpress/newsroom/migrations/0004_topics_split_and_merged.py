import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('newsroom', '0003_writing'),
    ]

    operations = [
        migrations.AddField(
            model_name='topic',
            name='former_pages',
            field=models.PositiveIntegerField(default=0, editable=False, help_text='So many numbered pages it had at this address before articles were taken out.'),
        ),
        migrations.CreateModel(
            name='MergedTopic',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('former_id', models.BigIntegerField(unique=True)),
                ('topic', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='merged', to='newsroom.topic')),
            ],
        ),
    ]
