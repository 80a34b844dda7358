"""The digest's doors on the desk."""

from wagtail import hooks
from wagtail.admin.menu import Menu, MenuItem, SubmenuMenuItem
from wagtail.admin.panels import FieldPanel, ObjectList
from wagtail.snippets.models import register_snippet

# Each registers its own.
from handpress.digest import desk_deliveries, desk_editions, desk_readers  # noqa: F401
from handpress.digest.models import Pitch
from handpress.newsroom.forms import MomentKeepingForm
from handpress.newsroom.viewsets.live import LiveViewSet

digest_menu = Menu(register_hook_name="register_digest_menu_item")


@hooks.register("register_admin_menu_item")
def digest_item() -> MenuItem:
    """Make the menu of all about the digest; it is shown to whom it leads anywhere."""
    return SubmenuMenuItem("Digest", digest_menu, name="digest", icon_name="mail", order=205)


class PitchForm(MomentKeepingForm):
    """The words that ask readers to sign up."""

    asks = ("heading", "text")


class PitchViewSet(LiveViewSet):
    model = Pitch
    icon = "comment"
    menu_label = "Pitch"
    menu_order = 250
    menu_hook = "register_digest_menu_item"
    list_display = ["heading", "is_shown"]
    search_backend_name = None
    edit_handler = ObjectList(
        [
            FieldPanel("heading"),
            FieldPanel("text"),
            FieldPanel("is_shown"),
            FieldPanel("language"),
        ],
        base_form_class=PitchForm,
    )


register_snippet(PitchViewSet)
