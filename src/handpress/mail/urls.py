"""Addresses of mail that are no page of the desk."""

from django.urls import path

from handpress.mail.views.reports import reports

urlpatterns = [path("mail/<slug:name>/", reports, name="mail_reports")]
