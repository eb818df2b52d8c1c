"""The form of an act: one thing found by its public id, a strict body, the act, and the thing as it is now."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.db.models import QuerySet
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.orders.actions import NotNow, OutOfStock
from apps.payments.actions import CannotAnswer, CannotRefund

from .base import MerchantView
from .problems import Conflict

REFUSALS = (NotNow, CannotRefund, CannotAnswer, OutOfStock)


class Act(MerchantView, generics.GenericAPIView):
    """Twice is once; in the wrong state it answers 409 and changes nothing."""

    told: ClassVar[type[serializers.BaseSerializer[Any]]]  # how the thing is answered

    def all_there_are(self) -> QuerySet[Any]:
        """What of this merchant's can be acted on, with all that the answer reads."""
        raise NotImplementedError

    def perform(self, request: Request, public_id: str, act: Callable[..., Any]) -> Response:
        found = generics.get_object_or_404(self.all_there_are(), public_id=public_id)
        body = self.get_serializer(data=request.data or {})
        body.is_valid(raise_exception=True)
        try:
            done = act(found, **body.validated_data)
        except REFUSALS as refusal:
            raise Conflict(str(refusal)) from refusal
        return Response(self.told(self.answer(found, done)).data)

    def answer(self, found: Any, done: Any) -> Any:
        """What is told: the thing itself, read again, unless the act made another."""
        return self.all_there_are().get(pk=found.pk)
