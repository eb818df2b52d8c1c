"""Invoices are written by who can be named on them with a tax number, and for what is paid since that was wished."""

import django.core.validators
from django.db import migrations, models

# A shop from before has chosen nothing: without its facts it is off until somebody fills them in and switches it on.
FACTS = r"""
UPDATE merchants_merchant SET issues_invoices = false
    WHERE NOT (legal_name ~ '\S' AND postal_address ~ '\S' AND tax_number ~ '\S');
UPDATE merchants_merchant SET invoices_since = now() WHERE issues_invoices;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('merchants', '0004_invoices'),
    ]

    operations = [
        migrations.AddField(
            model_name='merchant',
            name='invoices_since',
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AlterField(
            model_name='merchant',
            name='issues_invoices',
            field=models.BooleanField(default=False, help_text='Needs legal name, address and tax number. For what is paid from then on; off, where another program of yours writes them.', verbose_name='writes invoices'),
        ),
        migrations.AlterField(
            model_name='merchant',
            name='credit_note_series',
            field=models.CharField(default='CN-{year}-', max_length=24, validators=[django.core.validators.RegexValidator('^(?:[A-Za-z0-9]|\\{year\\})(?:[A-Za-z0-9./-]|\\{year\\})*[./-]\\Z', 'Letters, digits and - / . and at the end one of the three signs.')], verbose_name='credit notes are numbered'),
        ),
        migrations.AlterField(
            model_name='merchant',
            name='invoice_series',
            field=models.CharField(default='INV-{year}-', help_text='What stands before the number; {year} begins a new series every year.', max_length=24, validators=[django.core.validators.RegexValidator('^(?:[A-Za-z0-9]|\\{year\\})(?:[A-Za-z0-9./-]|\\{year\\})*[./-]\\Z', 'Letters, digits and - / . and at the end one of the three signs.')], verbose_name='invoices are numbered'),
        ),
        migrations.RunSQL(FACTS, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name='merchant',
            constraint=models.CheckConstraint(condition=models.Q(('issues_invoices', False), models.Q(('legal_name__regex', '\\S'), ('postal_address__regex', '\\S'), ('tax_number__regex', '\\S')), _connector='OR'), name='merchant_invoices_need_facts'),
        ),
        migrations.AddConstraint(
            model_name='merchant',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('invoices_since__isnull', True), ('issues_invoices', False)), models.Q(('invoices_since__isnull', False), ('issues_invoices', True)), _connector='OR'), name='merchant_invoices_since_a_moment'),
        ),
    ]
