import apps.merchants.creation
import apps.merchants.models
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '__first__'),
        ('customers', '0001_initial'),
        ('merchants', '0001_initial'),
    ]

    operations = [
        apps.merchants.creation.CreateModels(
            models=[
                migrations.CreateModel(
                    name='AccountTrouble',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('detail', models.CharField(blank=True, max_length=300, verbose_name='what the platform says')),
                        ('since', models.DateTimeField(verbose_name='since')),
                        ('channel_account', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='trouble', to='merchants.channelaccount', verbose_name='channel')),
                        ('merchant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.CASCADE, to='merchants.merchant')),
                    ],
                    options={
                        'verbose_name': 'trouble with a channel',
                        'verbose_name_plural': 'troubles with channels',
                    },
                ),
                migrations.CreateModel(
                    name='Conversation',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('public_id', models.CharField(default=apps.merchants.models.new_public_id, editable=False, max_length=32, unique=True)),
                        ('thread_key', models.CharField(max_length=255)),
                        ('owner', models.CharField(choices=[('bot', 'assistant'), ('agent', 'person'), ('expert', 'expert')], default='bot', max_length=8)),
                        ('fence', models.PositiveIntegerField(default=0)),
                        ('waiting_since', models.DateTimeField(blank=True, null=True)),
                        ('language', models.CharField(blank=True, max_length=10)),
                        ('last_seq', models.PositiveIntegerField(default=0)),
                        ('last_inbound_at', models.DateTimeField(blank=True, null=True)),
                        ('last_message_at', models.DateTimeField(blank=True, null=True)),
                        ('created_at', models.DateTimeField(auto_now_add=True)),
                        ('channel_account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='merchants.channelaccount')),
                        ('identity', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='conversation', to='customers.identity')),
                        ('merchant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.CASCADE, to='merchants.merchant')),
                        ('owner_user', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'verbose_name': 'conversation',
                        'verbose_name_plural': 'conversations',
                        'indexes': [models.Index(fields=['merchant', '-last_message_at'], name='conversatio_merchan_5fe3f7_idx')],
                    },
                ),
                migrations.CreateModel(
                    name='EntryPoint',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('token', models.CharField(default=apps.merchants.models.new_public_id, max_length=40, unique=True)),
                        ('title', models.CharField(max_length=80, verbose_name='title')),
                        ('target', models.JSONField(default=dict, verbose_name='where it leads')),
                        ('uses', models.PositiveIntegerField(default=0, verbose_name='times opened')),
                        ('is_active', models.BooleanField(default=True, verbose_name='active')),
                        ('created_at', models.DateTimeField(auto_now_add=True)),
                        ('merchant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.CASCADE, to='merchants.merchant')),
                    ],
                    options={
                        'verbose_name': 'link or code',
                        'verbose_name_plural': 'links and codes',
                    },
                ),
                migrations.CreateModel(
                    name='InboundEvent',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('channel_account_id', models.BigIntegerField()),
                        ('event_key', models.CharField(max_length=255)),
                        ('thread_key', models.CharField(max_length=255, verbose_name='thread')),
                        ('payload', models.JSONField()),
                        ('received_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='received on')),
                        ('due_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        ('processed_at', models.DateTimeField(null=True)),
                        ('attempts', models.PositiveSmallIntegerField(db_default=0, verbose_name='attempts')),
                        ('error', models.TextField(db_default='', verbose_name='error')),
                        ('dead_at', models.DateTimeField(null=True, verbose_name='given up on')),
                    ],
                    options={
                        'verbose_name': 'event not handled',
                        'verbose_name_plural': 'events not handled',
                        'indexes': [models.Index(condition=models.Q(('dead_at__isnull', True), ('processed_at__isnull', True)), fields=['due_at', 'id'], name='inboundevent_waiting'), models.Index(condition=models.Q(('dead_at__isnull', True), ('processed_at__isnull', True)), fields=['channel_account_id', 'thread_key', 'id'], name='inboundevent_thread_waiting'), models.Index(condition=models.Q(('dead_at__isnull', False)), fields=['dead_at'], name='inboundevent_dead')],
                        'constraints': [models.UniqueConstraint(fields=('channel_account_id', 'event_key'), name='inboundevent_once')],
                    },
                ),
                migrations.CreateModel(
                    name='InboxThread',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('channel_account_id', models.BigIntegerField()),
                        ('thread_key', models.CharField(max_length=255)),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('channel_account_id', 'thread_key'), name='inboxthread_once')],
                    },
                ),
                migrations.CreateModel(
                    name='Message',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('seq', models.PositiveIntegerField()),
                        ('author', models.CharField(choices=[('shopper', 'shopper'), ('bot', 'assistant'), ('agent', 'person'), ('expert', 'expert'), ('system', 'shop')], max_length=8)),
                        ('content', models.JSONField()),
                        ('text', models.TextField(blank=True, verbose_name='text')),
                        ('state', models.CharField(choices=[('received', 'received'), ('queued', 'waiting to be sent'), ('sending', 'being sent'), ('retry', 'will be tried again'), ('accepted', 'accepted'), ('sent', 'sent'), ('delivered', 'delivered'), ('read', 'read'), ('unknown', 'unknown'), ('failed', 'failed'), ('dead', 'given up'), ('suppressed', 'not sent')], max_length=12, verbose_name='state')),
                        ('purpose', models.CharField(choices=[('reply', 'answer'), ('transactional', 'order news'), ('campaign', 'offer'), ('otp', 'code')], default='reply', max_length=14)),
                        ('client_id', models.UUIDField(blank=True, null=True)),
                        ('external_id', models.CharField(blank=True, max_length=255)),
                        ('reply_to', models.CharField(blank=True, max_length=255)),
                        ('fence', models.PositiveIntegerField(default=0)),
                        ('turn_key', models.CharField(blank=True, max_length=64)),
                        ('parts_sent', models.PositiveSmallIntegerField(default=0)),
                        ('attempts', models.PositiveSmallIntegerField(default=0, verbose_name='attempts')),
                        ('next_at', models.DateTimeField(blank=True, null=True)),
                        ('expires_at', models.DateTimeField(blank=True, null=True)),
                        ('lease', models.UUIDField(blank=True, null=True)),
                        ('lease_until', models.DateTimeField(blank=True, null=True)),
                        ('send_started_at', models.DateTimeField(blank=True, null=True)),
                        ('error_class', models.CharField(blank=True, max_length=20, verbose_name='kind of error')),
                        ('error_detail', models.CharField(blank=True, max_length=300, verbose_name='what the platform says')),
                        ('occurred_at', models.DateTimeField()),
                        ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='date')),
                        ('author_user', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL)),
                        ('consent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, to='customers.consententry')),
                        ('conversation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='messages', to='conversations.conversation', verbose_name='conversation')),
                        ('merchant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.CASCADE, to='merchants.merchant')),
                    ],
                    options={
                        'verbose_name': 'unsent message',
                        'verbose_name_plural': 'unsent messages',
                        'indexes': [models.Index(condition=models.Q(('state__in', ['queued', 'retry', 'sending'])), fields=['next_at', 'id'], name='message_outbox'), models.Index(condition=models.Q(('state__in', ['queued', 'retry', 'sending'])), fields=['conversation', 'seq'], name='message_outbox_order'), models.Index(condition=models.Q(('external_id', ''), _negated=True), fields=['external_id'], name='message_external'), models.Index(condition=models.Q(('state', 'unknown')), fields=['next_at'], name='message_unknown'), models.Index(condition=models.Q(('state__in', ['dead', 'failed'])), fields=['merchant', 'id'], name='message_dead')],
                        'constraints': [models.UniqueConstraint(fields=('conversation', 'seq'), name='message_seq_once'), models.UniqueConstraint(condition=models.Q(('client_id__isnull', False)), fields=('conversation', 'client_id'), name='message_client_once')],
                    },
                ),
                migrations.CreateModel(
                    name='Attachment',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('public_id', models.CharField(default=apps.merchants.models.new_public_id, editable=False, max_length=32, unique=True)),
                        ('media_type', models.CharField(max_length=12)),
                        ('external_id', models.CharField(blank=True, max_length=255)),
                        ('source_url', models.CharField(blank=True, max_length=1000)),
                        ('mime', models.CharField(blank=True, max_length=80)),
                        ('filename', models.CharField(blank=True, max_length=160)),
                        ('size', models.PositiveIntegerField(null=True)),
                        ('file', models.FileField(blank=True, upload_to='attachments/')),
                        ('merchant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.CASCADE, to='merchants.merchant')),
                        ('message', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='attachments', to='conversations.message')),
                    ],
                    options={
                        'verbose_name': 'attachment',
                        'verbose_name_plural': 'attachments',
                    },
                ),
                migrations.CreateModel(
                    name='Note',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('text', models.TextField()),
                        ('created_at', models.DateTimeField(auto_now_add=True)),
                        ('author', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL)),
                        ('conversation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notes', to='conversations.conversation')),
                        ('merchant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.CASCADE, to='merchants.merchant')),
                    ],
                    options={
                        'verbose_name': 'note',
                        'verbose_name_plural': 'notes',
                    },
                ),
                migrations.CreateModel(
                    name='PendingChoice',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('token', models.CharField(max_length=24, unique=True)),
                        ('number', models.PositiveSmallIntegerField(null=True)),
                        ('label', models.CharField(max_length=200)),
                        ('action', models.JSONField()),
                        ('expires_at', models.DateTimeField(null=True)),
                        ('conversation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='pending_choices', to='conversations.conversation')),
                        ('merchant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.CASCADE, to='merchants.merchant')),
                        ('message', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='pending_choices', to='conversations.message')),
                    ],
                    options={
                        'indexes': [models.Index(fields=['conversation', '-message'], name='conversatio_convers_7bb1ec_idx')],
                    },
                ),
                migrations.CreateModel(
                    name='Rating',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('subject', models.CharField(max_length=80, verbose_name='what about')),
                        ('score', models.PositiveSmallIntegerField(verbose_name='stars')),
                        ('comment', models.TextField(blank=True, verbose_name='comment')),
                        ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='date')),
                        ('conversation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='ratings', to='conversations.conversation', verbose_name='conversation')),
                        ('merchant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.CASCADE, to='merchants.merchant')),
                    ],
                    options={
                        'verbose_name': 'rating',
                        'verbose_name_plural': 'ratings',
                        'constraints': [models.UniqueConstraint(fields=('conversation', 'subject'), name='rating_once'), models.CheckConstraint(condition=models.Q(('score__gte', 1), ('score__lte', 5)), name='rating_range')],
                    },
                ),
                migrations.CreateModel(
                    name='Snippet',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('title', models.CharField(max_length=80, verbose_name='title')),
                        ('text', models.TextField(verbose_name='text')),
                        ('language', models.CharField(blank=True, max_length=10, verbose_name='language')),
                        ('merchant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.CASCADE, to='merchants.merchant')),
                    ],
                    options={
                        'verbose_name': 'snippet',
                        'verbose_name_plural': 'snippets',
                    },
                ),
                migrations.CreateModel(
                    name='ThreadEvent',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('kind', models.CharField(max_length=24)),
                        ('message_seq', models.PositiveIntegerField(null=True)),
                        ('data', models.JSONField(default=dict)),
                        ('created_at', models.DateTimeField(auto_now_add=True)),
                        ('actor', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL)),
                        ('conversation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='events', to='conversations.conversation')),
                        ('merchant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.CASCADE, to='merchants.merchant')),
                    ],
                    options={
                        'indexes': [models.Index(fields=['merchant', 'id'], name='conversatio_merchan_564fb9_idx')],
                    },
                ),
                migrations.CreateModel(
                    name='WirePart',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('number', models.PositiveSmallIntegerField()),
                        ('external_id', models.CharField(db_index=True, max_length=255)),
                        ('merchant', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.CASCADE, to='merchants.merchant')),
                        ('message', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='wire_parts', to='conversations.message')),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('message', 'number'), name='wirepart_once')],
                    },
                ),
            ],
        ),
    ]
