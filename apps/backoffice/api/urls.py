"""/api/v1/, its schema and its pages."""

from django.urls import path

from . import catalog, gift_cards, loyalty, orders, prices, promotions

urlpatterns = [
    path("products/", catalog.ProductList.as_view()),
    path("products/search/", catalog.ProductSearch.as_view()),
    path("products/<str:public_id>/", catalog.ProductDetail.as_view()),
    path("products/<str:public_id>/variants/", catalog.VariantCreate.as_view()),
    path("variants/<str:public_id>/", catalog.VariantDetail.as_view()),
    path("variants/<str:public_id>/stock/", catalog.VariantStock.as_view()),
    path("variants/<str:public_id>/price-plans/", prices.PlanList.as_view()),
    path("variants/<str:public_id>/price-history/", prices.PriceHistory.as_view()),
    path("price-plans/<str:public_id>/stop/", prices.PlanStop.as_view()),
    path("stock-alerts/", catalog.AlertList.as_view()),
    path("categories/", catalog.CategoryList.as_view()),
    path("categories/<str:slug>/", catalog.CategoryDetail.as_view()),
    path("promotions/", promotions.PromotionList.as_view()),
    path("promotions/<str:public_id>/", promotions.PromotionDetail.as_view()),
    path("promotions/<str:public_id>/coupons/", promotions.CouponList.as_view()),
    path("promotions/<str:public_id>/coupons/generate/", promotions.CouponGenerate.as_view()),
    path("coupons/<str:code>/", promotions.CouponDetail.as_view()),
    path("members/", loyalty.MembershipList.as_view()),
    path("members/<str:public_id>/", loyalty.MembershipDetail.as_view()),
    path("members/<str:public_id>/points/", loyalty.MembershipHistory.as_view()),
    path("members/<str:public_id>/correct/", loyalty.MembershipCorrection.as_view()),
    path("gift-cards/", gift_cards.GiftCardList.as_view()),
    path("gift-cards/<str:public_id>/", gift_cards.GiftCardDetail.as_view()),
    path("customers/<str:public_id>/credit/", gift_cards.CustomerCredit.as_view()),
    path("customers/<str:public_id>/credit/history/", gift_cards.CustomerCreditHistory.as_view()),
    path("orders/", orders.OrderList.as_view()),
    path("orders/<str:public_id>/", orders.OrderDetail.as_view()),
    path("orders/<str:public_id>/ship/", orders.OrderShip.as_view()),
    path("orders/<str:public_id>/deliver/", orders.OrderDeliver.as_view()),
    path("orders/<str:public_id>/cancel/", orders.OrderCancel.as_view()),
    path("orders/<str:public_id>/refund/", orders.OrderRefund.as_view()),
]
