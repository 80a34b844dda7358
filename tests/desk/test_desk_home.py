"""What the desk shows first, and what it leaves out."""

import pytest
from django.test import Client
from django.urls import reverse


@pytest.mark.django_db
def test_no_link_leads_to_a_tree_of_pages(admin_client: Client) -> None:
    html = admin_client.get("/desk/").content.decode()
    assert f'href="{reverse("wagtailimages:index")}' in html
    assert f'href="{reverse("wagtailadmin_explore_root")}' not in html
