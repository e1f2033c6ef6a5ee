package io.hvkit.testkit.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.catalog.spi.AccountRecord;
import io.hvkit.catalog.spi.Amounts;
import io.hvkit.catalog.spi.BackupRecord;
import io.hvkit.catalog.spi.CatalogRecord;
import io.hvkit.catalog.spi.ChainRecord;
import io.hvkit.catalog.spi.ClusterRecord;
import io.hvkit.catalog.spi.CredentialRecord;
import io.hvkit.catalog.spi.ExternalId;
import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.HoldingRecord;
import io.hvkit.catalog.spi.KeyRecord;
import io.hvkit.catalog.spi.MachineDiskRecord;
import io.hvkit.catalog.spi.MachineRecord;
import io.hvkit.catalog.spi.OfferingRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.ReadingRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.ReplicaRecord;
import io.hvkit.catalog.spi.ScheduledSnapshotRecord;
import io.hvkit.catalog.spi.SettingRecord;
import io.hvkit.catalog.spi.Sighting;
import io.hvkit.catalog.spi.SnapshotPolicyRecord;
import io.hvkit.catalog.spi.SnapshotRecord;
import io.hvkit.catalog.spi.SnapshotRecord.Chained;
import io.hvkit.catalog.spi.Standing;
import io.hvkit.catalog.spi.Table;
import io.hvkit.catalog.spi.TemplateCopyRecord;
import io.hvkit.catalog.spi.TemplateRecord;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.UsageRecord;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.catalog.spi.VolumeRecord.Encryption;
import io.hvkit.catalog.spi.VolumeRecord.Place;
import io.hvkit.catalog.spi.WrappedBytes;
import io.hvkit.catalog.spi.ZoneRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Records must come back as they were kept: each kind with all that it may have and with nothing of it, odd texts, every value of an enum. */
public abstract non-sealed class CatalogRoundTripContract extends CatalogCases {

    /** Texts that databases and drivers are known to trip over; none with a NUL, which records refuse. */
    private static final List<String> ODD = List.of(
            "'",
            "\"; DROP TABLE volumes; --",
            "\\",
            "\\x00",
            "$1 ? :name {d '2020-01-01'}",
            " leading and trailing ",
            "\t\r\n",
            "\u0001\u001f\u007f\u0085\u2028\ufeff\uffff",
            "null",
            "İıŞş ß e\u0301 é",
            "日本語 العربية",
            "\ud83d\ude00\ud83d\udc69\u200d\ud83d\udcbb",
            "x".repeat(255),
            "\ud83d\ude00".repeat(127));

    private Site site;

    /** Made by JUnit. */
    protected CatalogRoundTripContract() {}

    /** Made by JUnit. */
    @BeforeEach
    final void makeSite() throws InterruptedException {
        site = site();
    }

    private <R extends CatalogRecord<R>> R comesBack(Function<Transaction, Table<R>> table, R record)
            throws InterruptedException {
        R kept = insert(table, record);
        assertThat(kept).isEqualTo(record.withVersion(1));
        assertThat(find(table, record.id())).contains(kept);
        return kept;
    }

    private <R extends CatalogRecord<R>> R changes(Function<Transaction, Table<R>> table, R record)
            throws InterruptedException {
        R kept = catalog.inTransaction(t -> table.apply(t).update(record));
        assertThat(kept).isEqualTo(record.withVersion(record.version() + 1));
        assertThat(find(table, record.id())).contains(kept);
        return kept;
    }

    @Test
    final void a_record_comes_back_with_all_that_it_may_have_and_with_nothing_of_it() throws InterruptedException {
        VolumeRecord plain = comesBack(Transaction::volumes, site.volume());
        VolumeRecord whole = comesBack(Transaction::volumes, site.encryptedVolume());
        changes(
                Transaction::volumes,
                plain.beside(whole.second()).at(whole.place()).openedWith(whole.key()));
        assertThat(seenAll(t -> t.volumes().where(VolumeRecord.DISK_UUID, Site.DISK_UUID.value())))
                .extracting(VolumeRecord::id)
                .contains(plain.id(), whole.id());
        changes(
                Transaction::volumes,
                whole.beside(Optional.empty()).at(site.place()).openedWith(Optional.empty()));
        comesBack(Transaction::attachments, site.attachment(plain));
        MachineRecord machine = comesBack(Transaction::machines, site.machine());
        MachineDiskRecord disk =
                comesBack(Transaction::machineDisks, MachineDiskRecord.of(machine.id(), plain.id(), Integer.MAX_VALUE));
        disk = changes(Transaction::machineDisks, disk.under(Site.OVERLAYS));
        changes(Transaction::machineDisks, disk.under(List.of()));
        for (MachineRecord.State state : MachineRecord.State.values()) {
            machine = changes(
                    Transaction::machines,
                    machine.in(state, Optional.of(site.host().id())));
        }
        machine = changes(Transaction::machines, machine.movingTo(site.host().id()));
        changes(Transaction::machines, machine.in(MachineRecord.State.STOPPED, Optional.empty()));
        comesBack(Transaction::snapshots, site.snapshot(Optional.empty(), Optional.empty()));
        comesBack(
                Transaction::snapshots,
                site.snapshot(Optional.of(plain.id()), Optional.of(site.key().id())));
        comesBack(Transaction::backups, site.backup(Optional.empty(), Optional.empty()));
        comesBack(
                Transaction::backups,
                site.backup(Optional.of(plain.id()), Optional.of(site.key().id())));
        TemplateRecord template = comesBack(Transaction::templates, site.template(Optional.empty()));
        changes(Transaction::templates, template.of(ByteSize.gibibytes(1)));
        comesBack(Transaction::templates, site.wholeTemplate());
        TemplateCopyRecord copy = comesBack(Transaction::templateCopies, site.copyOf(template, site.place()));
        for (TemplateCopyRecord.State state : TemplateCopyRecord.State.values()) {
            copy = changes(Transaction::templateCopies, copy.in(state));
        }
        changes(Transaction::templateCopies, copy.at(site.encryptedPlace()));
        PoolRecord pool = comesBack(Transaction::pools, site.anotherPool());
        KeyRecord key = site.key();
        comesBack(Transaction::credentials, CredentialRecord.ofPool(pool.id(), "password", key.id()));
        CredentialRecord kept = comesBack(
                Transaction::credentials, CredentialRecord.ofHost(site.host().id(), "password", key.id()));
        KeyRecord another = insert(Transaction::keys, Site.key("kek@1"));
        changes(Transaction::credentials, kept.keptAs(another.id()));
        assertThat(find(Transaction::zones, site.zone().id())).contains(site.zone());
        assertThat(find(Transaction::clusters, site.cluster().id())).contains(site.cluster());
        assertThat(find(Transaction::hosts, site.host().id())).contains(site.host());
        assertThat(find(Transaction::pools, site.pool().id())).contains(site.pool());
        assertThat(find(Transaction::keys, site.key().id())).contains(site.key());
    }

    @Test
    final void what_is_set_offered_held_and_used_comes_back() throws InterruptedException {
        String name = unique("setting");
        comesBack(Transaction::settings, SettingRecord.ofAll(name, ""));
        comesBack(Transaction::settings, SettingRecord.ofZone(site.zone().id(), name, "a zone's"));
        comesBack(Transaction::settings, SettingRecord.ofCluster(site.cluster().id(), name, "a cluster's"));
        SettingRecord setting = comesBack(
                Transaction::settings, SettingRecord.ofPool(site.pool().id(), name, "a pool's"));
        changes(Transaction::settings, setting.setTo("another"));
        assertThat(seenAll(t -> t.settings().where(SettingRecord.NAME, name))).hasSize(4);

        OfferingRecord offering = comesBack(Transaction::offerings, Site.offering());
        changes(Transaction::offerings, offering.standing(OfferingRecord.Standing.RETIRED));
        AccountRecord account = comesBack(Transaction::accounts, Site.account());
        changes(
                Transaction::accounts,
                account.holding(Amounts.of(Map.of("volume", 2L, "primary_storage", Long.MAX_VALUE)))
                        .limitedTo(new AccountRecord.Limits(Facts.of("volume", 0))));
        HoldingRecord holding = comesBack(Transaction::holdings, Site.holding(account, Optional.of(offering.id())));
        HoldingRecord held = changes(
                Transaction::holdings, holding.held().counting(Amounts.NONE).by(Optional.empty()));
        assertThat(seenAll(t -> t.holdings().where(HoldingRecord.ACCOUNT, account.id())))
                .containsExactly(held);
        for (UsageRecord.Kind kind : UsageRecord.Kind.values()) {
            long number = 1_000_000 + ThreadLocalRandom.current().nextLong(Long.MAX_VALUE / 2);
            UsageRecord usage = UsageRecord.of(
                    number, account.path(), held, kind, Amounts.of("volume", Long.MIN_VALUE + 1), Site.NOW);
            comesBack(Transaction::usage, usage.by(Optional.of(offering.name())));
        }
        assertThat(seenAll(t -> t.usage().where(UsageRecord.THING, held.thing())))
                .hasSize(UsageRecord.Kind.values().length);
    }

    @Test
    final void a_place_comes_back_with_each_half_of_what_it_may_have() throws InterruptedException {
        Place whole = site.encryptedPlace();
        for (ImageFormat format : ImageFormat.values()) {
            comesBack(
                    Transaction::volumes,
                    site.volume()
                            .at(new Place(
                                    whole.pool(),
                                    whole.pool(),
                                    0,
                                    format,
                                    whole.externalId(),
                                    Optional.empty(),
                                    Optional.empty())));
            comesBack(
                    Transaction::volumes,
                    site.volume()
                            .at(new Place(
                                    whole.pool(),
                                    whole.home(),
                                    1,
                                    format,
                                    Optional.empty(),
                                    whole.encryption(),
                                    whole.diskUuid())));
        }
        for (VolumeRecord.Second.Role role : VolumeRecord.Second.Role.values()) {
            comesBack(
                    Transaction::volumes,
                    site.volume().beside(Optional.of(new VolumeRecord.Second(role, site.place(), Optional.empty()))));
        }
        VolumeRecord.Second most = new VolumeRecord.Second(
                VolumeRecord.Second.Role.OUTGOING, site.place().ofCopy(Integer.MAX_VALUE), Optional.empty());
        comesBack(Transaction::volumes, site.volume().beside(Optional.of(most)));
        for (VolumeRecord.State state : VolumeRecord.State.values()) {
            comesBack(Transaction::volumes, site.volume().in(state).of(ByteSize.ZERO));
        }
    }

    @Test
    final void hosts_pools_and_clusters_come_back_in_every_state() throws InterruptedException {
        for (Standing standing : Standing.values()) {
            for (Sighting.State state : Sighting.State.values()) {
                Sighting seen = new Sighting(state, Site.NOW.plusNanos(1));
                site = new Site(
                        site.zone(),
                        site.cluster(),
                        changes(
                                Transaction::hosts,
                                site.host().standing(standing).seen(seen).dedicatedTo(Optional.of("tenant " + state))),
                        changes(
                                Transaction::pools,
                                site.pool().standing(standing).seen(seen)),
                        site.key());
            }
        }
        changes(Transaction::hosts, site.host().dedicatedTo(Optional.empty()));
        PoolRecord parent = site.pool();
        PoolRecord.Membership membership = PoolRecord.Membership.of(parent.id());
        PoolRecord child = comesBack(
                Transaction::pools,
                site.anotherPool().identifiedBy(Optional.of(unique("identity"))).below(Optional.of(membership)));
        child = changes(
                Transaction::pools, child.below(Optional.of(membership.missed().missed())));
        assertThat(seenAll(t -> t.pools().where(PoolRecord.PARENT, parent.id())))
                .containsExactly(child);
        child = changes(Transaction::pools, child.below(Optional.empty()).reached(parent.reach(), parent.options()));
        String identity = child.identity().orElseThrow();
        assertThat(seenAll(t -> t.pools().where(PoolRecord.IDENTITY, identity))).containsExactly(child);
        assertThat(seenAll(t -> t.pools().where(PoolRecord.PARENT, parent.id())))
                .isEmpty();
        ClusterRecord cluster = site.cluster();
        for (ClusterRecord.Policy policy : ClusterRecord.Policy.values()) {
            cluster = changes(Transaction::clusters, cluster.under(policy));
        }
    }

    @Test
    final void a_chain_comes_back_with_what_stands_in_it_through_its_whole_life() throws InterruptedException {
        VolumeRecord volume = site.volume();
        ChainRecord chain = comesBack(Transaction::chains, site.chain(volume));
        changes(
                Transaction::chains,
                new ChainRecord(chain.id(), chain.version(), chain.pool(), ChainRecord.Life.GONE, 1));
        SnapshotRecord snapshot = comesBack(Transaction::snapshots, site.snapshot(chain));
        Chained chained = snapshot.chained().orElseThrow();
        for (SnapshotRecord.State state : SnapshotRecord.State.values()) {
            for (SnapshotRecord.Usage usage : SnapshotRecord.Usage.values()) {
                snapshot = changes(
                        Transaction::snapshots,
                        snapshot.chained(new Chained(
                                chain.id(),
                                chained.sequence(),
                                site.pool().id(),
                                state,
                                usage,
                                ByteSize.ZERO,
                                chained.consistency())));
            }
        }
        for (SnapshotRecord.Consistency consistency : SnapshotRecord.Consistency.values()) {
            snapshot = changes(
                    Transaction::snapshots,
                    snapshot.chained(new Chained(
                            chain.id(),
                            chained.sequence(),
                            site.pool().id(),
                            chained.state(),
                            chained.usage(),
                            chained.size(),
                            consistency)));
        }
        BackupRecord full = comesBack(Transaction::backups, site.layer(chain, Optional.empty()));
        BackupRecord delta = comesBack(Transaction::backups, site.layer(chain, Optional.of(full.id())));
        for (BackupRecord.State state : BackupRecord.State.values()) {
            BackupRecord.Layer changed = delta.layer().orElseThrow().being(state, Optional.empty(), Optional.empty());
            delta = changes(Transaction::backups, delta.standing(changed));
        }
        delta = changes(
                Transaction::backups,
                delta.standing(new BackupRecord.Layer(
                        chain.id(),
                        site.pool().id(),
                        Optional.empty(),
                        BackupRecord.State.READY,
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty())));
        ReplicaRecord replica = comesBack(Transaction::replicas, site.replica(snapshot, delta));
        for (ReplicaRecord.State state : ReplicaRecord.State.values()) {
            replica = changes(Transaction::replicas, replica.in(state));
        }
        ReadingRecord reading = comesBack(Transaction::readings, site.reading(delta));

        assertThat(seenAll(t -> t.snapshots().where(SnapshotRecord.CHAIN, chain.id())))
                .containsExactly(snapshot);
        assertThat(seenAll(t -> t.backups().where(BackupRecord.CHAIN, chain.id())))
                .containsExactlyInAnyOrder(full, delta);
        assertThat(seenAll(t -> t.replicas().where(ReplicaRecord.LAYER, reading.layer())))
                .containsExactly(replica);
        assertThat(seenAll(t -> t.readings().where(ReadingRecord.CHAIN, chain.id())))
                .containsExactly(reading);
    }

    @Test
    final void a_policy_and_what_was_taken_for_it_come_back_whatever_it_says() throws InterruptedException {
        SnapshotPolicyRecord policy = comesBack(Transaction::snapshotPolicies, site.policy());
        ScheduledSnapshotRecord taken = comesBack(Transaction::scheduledSnapshots, Site.scheduled(policy));
        ScheduledSnapshotRecord early = comesBack(
                Transaction::scheduledSnapshots,
                new ScheduledSnapshotRecord(RecordId.random(), 0, policy.id(), Instant.EPOCH, ""));
        policy =
                changes(Transaction::snapshotPolicies, policy.saying(site.pool().id(), Facts.NONE));

        RecordId<SnapshotPolicyRecord> id = policy.id();
        assertThat(seenAll(t -> t.scheduledSnapshots().where(ScheduledSnapshotRecord.POLICY, id)))
                .containsExactlyInAnyOrder(taken, early);
        assertThat(seenAll(t -> t.snapshotPolicies()
                        .where(SnapshotPolicyRecord.STORE, site.pool().id())))
                .contains(policy);
    }

    @Test
    final void a_key_comes_back_to_the_byte_through_its_whole_life() throws InterruptedException {
        KeyRecord retired = changes(Transaction::keys, site.key().retired(Site.NOW));
        KeyRecord active = changes(Transaction::keys, retired.active());
        KeyRecord rewrapped =
                changes(Transaction::keys, active.rewrapped("kek@2", WrappedBytes.of(new byte[] {0, -1, 39})));
        KeyRecord again = changes(Transaction::keys, rewrapped.retired(Site.NOW));
        changes(Transaction::keys, again.destroyed());
        comesBack(Transaction::keys, Site.key("").destroyed());
    }

    @Test
    final void odd_texts_come_back_to_the_letter_and_are_found() throws InterruptedException {
        for (String odd : ODD) {
            ZoneRecord zone = seen(t -> t.zones().where(ZoneRecord.NAME, odd)).stream()
                    .findFirst()
                    .orElse(null);
            if (zone == null) {
                zone = comesBack(Transaction::zones, ZoneRecord.named(odd));
            }
            assertThat(seenAll(t -> t.zones().where(ZoneRecord.NAME, odd))).containsExactly(zone);
            changes(
                    Transaction::hosts,
                    find(Transaction::hosts, site.host().id()).orElseThrow().dedicatedTo(Optional.of(odd)));
            ExternalId id = new ExternalId(odd, odd, odd.repeat(40), Site.NOW);
            Place place = new Place(
                    site.pool().id(),
                    site.pool().id(),
                    0,
                    ImageFormat.RAW,
                    Optional.of(id),
                    Optional.of(new Encryption(odd, odd.repeat(40))),
                    Optional.empty());
            comesBack(Transaction::volumes, site.volume().at(place));
        }
    }

    @Test
    final void facts_hold_any_text_even_one_that_no_name_may_have() throws InterruptedException {
        Facts facts = Facts.of(Map.of(
                "nul",
                "a\u0000b",
                "half",
                "\ud83d",
                "\"quoted\\\"",
                "{\"a\":[1]}",
                "",
                "",
                "long",
                "é'".repeat(20_000)));
        for (String odd : ODD) {
            facts = facts.with(odd, odd);
        }
        comesBack(Transaction::pools, PoolRecord.named(unique("p"), site.pool().reach(), "nfs", facts, Site.NOW));
    }

    @Test
    final void moments_come_back_to_the_nanosecond_or_are_refused() throws InterruptedException {
        for (Instant moment : List.of(
                Instant.EPOCH,
                Instant.EPOCH.minusNanos(1),
                Instant.parse("1678-01-01T00:00:00.000000001Z"),
                Instant.parse("2261-12-31T23:59:59.999999999Z"))) {
            comesBack(Transaction::keys, Site.key("k").retired(moment));
        }
        for (Instant far : List.of(Instant.MIN, Instant.MAX)) {
            KeyRecord key = Site.key("k").retired(far);
            try {
                comesBack(Transaction::keys, key);
            } catch (DriverException e) {
                assertThat(e.failure()).isEqualTo(Failure.INVALID_REQUEST);
                assertThat(find(Transaction::keys, key.id())).isEmpty();
            }
        }
    }
}
