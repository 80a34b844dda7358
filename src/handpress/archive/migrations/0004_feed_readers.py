from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('archive', '0003_the_front_page'),
    ]

    operations = [
        migrations.CreateModel(
            name='FeedReader',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('listing', models.BigIntegerField()),
                ('name', models.CharField(max_length=40)),
                ('subscribers', models.PositiveIntegerField()),
                ('seen_on', models.DateField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('listing', 'name'), name='feed_reader_once')],
            },
        ),
    ]
