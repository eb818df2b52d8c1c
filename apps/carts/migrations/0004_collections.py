from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('carts', '0003_poured_carts'),
        ('catalog', '0005_collections'),
    ]

    operations = [
        migrations.AddField(
            model_name='promotion',
            name='collections',
            field=models.ManyToManyField(blank=True, help_text='What is in them when the shopper pays; a piece in the cart counts as in stock.', related_name='promotions', to='catalog.collection', verbose_name='collections'),
        ),
    ]
