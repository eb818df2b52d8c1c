"""Small pages of the desk outside the admin: which merchant a superuser works for."""

from django import forms
from django.contrib.auth.decorators import login_required, user_passes_test
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from apps.merchants.middleware import SESSION_KEY
from apps.merchants.models import Merchant


class PickForm(forms.Form):
    merchant = forms.ModelChoiceField(Merchant.objects.filter(is_active=True), to_field_name="slug", empty_label=None)


@login_required
@user_passes_test(lambda user: user.is_superuser)
def pick_merchant(request: HttpRequest) -> HttpResponse:
    """A superuser sees one merchant at a time and says which."""
    form = PickForm(request.POST or None)
    wanted = request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}):
        wanted = reverse("admin:index")
    if request.method == "POST" and form.is_valid():
        request.session[SESSION_KEY] = form.cleaned_data["merchant"].slug
        return redirect(wanted)
    return render(
        request, "desk/pick_merchant.html", {"form": form, "merchants": Merchant.objects.filter(is_active=True)}
    )
