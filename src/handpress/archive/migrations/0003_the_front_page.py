from typing import Any

from django.db import migrations


def give_the_front_page_a_row(apps: Any, schema_editor: Any) -> None:
    """The desk knows who has a row open only where there is one."""
    apps.get_model('archive', 'FrontPage').objects.get_or_create(pk=1)


class Migration(migrations.Migration):

    dependencies = [
        ('archive', '0002_front_page'),
    ]

    operations = [
        migrations.RunPython(give_the_front_page_a_row, migrations.RunPython.noop),
    ]
