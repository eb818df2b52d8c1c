"""Who reckons the tax, for a merchant's own programs: by the same form as at the desk, so by the same rules."""

from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.carts.models import TaxAccount
from apps.merchants.models import Merchant

from ..connecting import LONGEST, SETTING
from ..taxing import outside, tax_form, what_is_wrong
from .base import StrictSerializer
from .keeping import KeptView
from .problems import Conflict

MOST_SETTINGS = 20
TAKEN = "Another account reckons the tax already. Switch that one off first."


class TaxAccountSerializer(StrictSerializer):
    """Somebody outside who reckons the tax; without an active one the shop's table does. Secrets are never told."""

    id = serializers.IntegerField(source="pk", read_only=True)
    provider = serializers.CharField(read_only=True)
    settings = serializers.DictField(
        child=serializers.CharField(max_length=LONGEST, allow_blank=True),
        required=False,
        help_text="As the provider calls them. Those sent are changed; a secret stays until another is sent.",
    )
    secrets = serializers.SerializerMethodField(help_text="Names of the secrets that are there.")
    on_failure = serializers.ChoiceField(choices=TaxAccount.OnFailure.choices, required=False)
    is_active = serializers.BooleanField(required=False, help_text="What is active has been asked, and answered well.")
    usual_codes = serializers.SerializerMethodField(help_text="Tax category → how such goods are called there.")
    answered_at = serializers.DateTimeField(read_only=True)
    trouble = serializers.CharField(read_only=True, help_text="Why there was no answer since.")
    trouble_since = serializers.DateTimeField(read_only=True)

    def get_secrets(self, account: TaxAccount) -> list[str]:
        return [key for key in outside()[account.provider].secret_config if account.config.get(key)]

    def get_usual_codes(self, account: TaxAccount) -> dict[str, str]:
        return dict(outside()[account.provider].usual_codes)

    def validate_settings(self, said: dict[str, str]) -> dict[str, str]:
        if len(said) > MOST_SETTINGS:
            raise serializers.ValidationError("No provider has so many.")
        return said

    def to_representation(self, account: TaxAccount) -> dict[str, Any]:
        secret = outside()[account.provider].secret_config
        plain = {key: value for key, value in account.config.items() if key not in secret}
        return {**super().to_representation(account), "settings": plain}


class NewTaxAccountSerializer(TaxAccountSerializer):
    provider = serializers.ChoiceField(choices=sorted(outside()))  # type: ignore[assignment]


class WorkingSerializer(serializers.Serializer[Any]):
    works = serializers.BooleanField()
    detail = serializers.CharField(help_text="What is wrong; empty where all is well.")


def accounts() -> QuerySet[TaxAccount]:
    found: QuerySet[TaxAccount] = TaxAccount.objects.filter(provider__in=outside())
    return found


def _kept(account: TaxAccount, wanted: dict[str, Any], merchant: Merchant) -> TaxAccount:
    """The provider is asked before a row is locked. Raises `Conflict` for its no, and for a second active one."""
    provider = outside()[account.provider]
    said = wanted.get("settings", {})
    if unknown := sorted(set(said) - set(provider.config_help)):
        raise serializers.ValidationError({"settings": {key: ["There is no such setting."] for key in unknown}})
    known = {key: value for key, value in account.config.items() if key not in provider.secret_config}
    typed = {f"{SETTING}{key}": value for key, value in {**known, **said}.items()}
    plain = {name: wanted.get(name, getattr(account, name)) for name in ("on_failure", "is_active")}
    form = tax_form(account.provider, merchant)({**typed, **plain}, instance=account)
    if not form.is_valid():
        _refuse(form.errors)
    try:
        with transaction.atomic():
            kept: TaxAccount = form.save()
    except IntegrityError as error:
        raise Conflict(TAKEN) from error
    return kept


def _refuse(errors: Any) -> None:
    """What is wrong with a setting is said there; what does not go just now is a conflict."""
    at = {key: [str(each) for each in said] for key, said in errors.items() if key != NON_FIELD_ERRORS}
    if not at:
        raise Conflict(" ".join(str(each) for each in errors[NON_FIELD_ERRORS]))
    settings = {key.removeprefix(SETTING): said for key, said in at.items() if key.startswith(SETTING)}
    rest = {key: said for key, said in at.items() if not key.startswith(SETTING)}
    raise serializers.ValidationError({**rest, **({"settings": settings} if settings else {})})


class TaxAccountList(KeptView, generics.ListAPIView):
    """Tax providers that are connected, newest first; one of them at most is active."""

    serializer_class = TaxAccountSerializer

    def get_queryset(self) -> QuerySet[TaxAccount]:
        return accounts()

    @extend_schema(request=NewTaxAccountSerializer, responses={201: TaxAccountSerializer})
    def post(self, request: Request) -> Response:
        """Connect one. Unless it is sent switched off it is asked at once; 409 tells why it would not work."""
        body = NewTaxAccountSerializer(data=request.data or {})
        body.is_valid(raise_exception=True)
        wanted = dict(body.validated_data)
        made = _kept(TaxAccount(merchant=self.merchant, provider=wanted.pop("provider")), wanted, self.merchant)
        return Response(TaxAccountSerializer(made).data, status=status.HTTP_201_CREATED)


class TaxAccountDetail(KeptView, generics.RetrieveAPIView):
    """One of them. Orders name what was reckoned by it, so it is switched off and never deleted."""

    serializer_class = TaxAccountSerializer

    def get_queryset(self) -> QuerySet[TaxAccount]:
        return accounts()

    @extend_schema(responses=TaxAccountSerializer)
    def patch(self, request: Request, pk: int) -> Response:
        """Switched on, or changed while it is on, it is asked before it is kept."""
        body = TaxAccountSerializer(data=request.data or {}, partial=True)
        body.is_valid(raise_exception=True)
        kept = _kept(self.get_object(), dict(body.validated_data), self.merchant)
        return Response(TaxAccountSerializer(kept).data)


class TaxAccountCheck(KeptView):
    serializer_class = WorkingSerializer

    @extend_schema(
        request=None,
        responses=WorkingSerializer,
        description="Asks the provider now whether tax can be reckoned for this shop.",
    )
    def post(self, request: Request, pk: int) -> Response:
        account = generics.get_object_or_404(accounts(), pk=pk)
        wrong = what_is_wrong(outside()[account.provider], account.config, country=self.merchant.country)
        return Response(WorkingSerializer({"works": not wrong, "detail": wrong}).data)
