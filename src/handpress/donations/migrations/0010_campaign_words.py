import django.db.models.deletion
import modelcluster.fields
from django.db import migrations, models

import handpress.newsroom.fields


class Migration(migrations.Migration):

    dependencies = [
        ('donations', '0009_lost_orders'),
    ]

    operations = [
        migrations.CreateModel(
            name='CampaignWords',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('language', models.CharField(help_text='Name or tag, as in Korean or ko.', max_length=20)),
                ('heading', handpress.newsroom.fields.PlainTextField()),
                ('full_text', handpress.newsroom.fields.PlainTextField()),
                ('compact_text', handpress.newsroom.fields.PlainTextField()),
                ('campaign', modelcluster.fields.ParentalKey(on_delete=django.db.models.deletion.CASCADE, related_name='words', to='donations.campaign')),
            ],
            options={
                'ordering': ['pk'],
                'constraints': [models.UniqueConstraint(fields=('campaign', 'language'), name='one_appeal_for_a_language'), models.CheckConstraint(condition=models.Q(('language', ''), _negated=True), name='words_have_a_language')],
            },
        ),
    ]
