package io.hvkit.testkit.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.catalog.spi.AccountRecord;
import io.hvkit.catalog.spi.AttachmentRecord;
import io.hvkit.catalog.spi.BackupRecord;
import io.hvkit.catalog.spi.CatalogRecord;
import io.hvkit.catalog.spi.ChainRecord;
import io.hvkit.catalog.spi.ClusterRecord;
import io.hvkit.catalog.spi.CredentialRecord;
import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.KeyRecord;
import io.hvkit.catalog.spi.MachineDiskRecord;
import io.hvkit.catalog.spi.MachineRecord;
import io.hvkit.catalog.spi.OfferingRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.SettingRecord;
import io.hvkit.catalog.spi.SnapshotPolicyRecord;
import io.hvkit.catalog.spi.SnapshotRecord;
import io.hvkit.catalog.spi.Table;
import io.hvkit.catalog.spi.TemplateRecord;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.catalog.spi.ZoneRecord;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.MachineId;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What references between records must be: nothing refers to what is not there, and what is referred to stays. */
public abstract non-sealed class CatalogReferencesContract extends CatalogCases {

    private Site site;

    /** Made by JUnit. */
    protected CatalogReferencesContract() {}

    /** Made by JUnit. */
    @BeforeEach
    final void makeSite() throws InterruptedException {
        site = site();
    }

    private <R extends CatalogRecord<R>> void needs(
            Function<Transaction, Table<R>> table, R record, RecordId<?> missing) throws InterruptedException {
        assertThat(catchFailure(Failure.NOT_FOUND, t -> table.apply(t).insert(record)))
                .contains(missing.value());
        assertThat(find(table, record.id())).isEmpty();
    }

    private String catchFailure(Failure failure, Change change) throws InterruptedException {
        String[] message = {""};
        refuses(failure, () -> {
            try {
                change(change);
            } catch (DriverException e) {
                message[0] = e.getMessage();
                throw e;
            }
        });
        return message[0];
    }

    @Test
    final void a_record_that_refers_to_one_that_is_not_there_is_refused_naming_it() throws InterruptedException {
        RecordId<ZoneRecord> zone = RecordId.random();
        needs(Transaction::clusters, ClusterRecord.named(unique("c"), zone, "kvm"), zone);
        RecordId<ClusterRecord> cluster = RecordId.random();
        needs(
                Transaction::hosts,
                HostRecord.named(unique("h"), cluster, site.host().options(), Site.NOW),
                cluster);
        for (PoolRecord.Reach reach : List.of(
                new PoolRecord.Reach(zone, Optional.empty(), Optional.empty()),
                new PoolRecord.Reach(site.zone().id(), Optional.of(cluster), Optional.empty()),
                new PoolRecord.Reach(
                        site.zone().id(), Optional.of(site.cluster().id()), Optional.of(new RecordId<>("lost"))))) {
            RecordId<?> lost = reach.zone().equals(zone)
                    ? zone
                    : reach.host().isPresent() ? reach.host().get() : cluster;
            PoolRecord pool =
                    PoolRecord.named(unique("p"), reach, "nfs", site.pool().options(), Site.NOW);
            needs(Transaction::pools, pool, lost);
        }
        RecordId<KeyRecord> key = RecordId.random();
        RecordId<PoolRecord> pool = RecordId.random();
        needs(Transaction::pools, site.anotherPool().below(Optional.of(PoolRecord.Membership.of(pool))), pool);
        VolumeRecord.Place away = VolumeRecord.Place.first(pool, ImageFormat.RAW);
        VolumeRecord.Second.Role role = VolumeRecord.Second.Role.NEXT_KEY;
        VolumeRecord volume = site.volume();
        needs(Transaction::volumes, volume.at(away), pool);
        needs(Transaction::volumes, volume.openedWith(Optional.of(key)), key);
        needs(
                Transaction::volumes,
                volume.beside(Optional.of(new VolumeRecord.Second(role, away, Optional.empty()))),
                pool);
        needs(
                Transaction::volumes,
                volume.beside(Optional.of(new VolumeRecord.Second(role, site.place(), Optional.of(key)))),
                key);
        needs(Transaction::attachments, site.attachment(volume), volume.id());
        needs(
                Transaction::attachments,
                AttachmentRecord.of(volume.id(), new RecordId<>("no-host"), new MachineId("m")),
                volume.id());
        MachineRecord machine = site.machine();
        needs(Transaction::machineDisks, MachineDiskRecord.of(machine.id(), volume.id(), 0), machine.id());
        needs(
                Transaction::machines,
                machine.in(MachineRecord.State.RUNNING, Optional.of(new RecordId<>("no-host"))),
                new RecordId<>("no-host"));
        needs(Transaction::machines, machine.movingTo(new RecordId<>("no-target")), new RecordId<>("no-target"));
        needs(Transaction::snapshots, site.snapshot(Optional.of(volume.id()), Optional.empty()), volume.id());
        needs(Transaction::snapshots, site.snapshot(Optional.empty(), Optional.of(key)), key);
        needs(Transaction::backups, site.backup(Optional.of(volume.id()), Optional.empty()), volume.id());
        needs(Transaction::backups, site.backup(Optional.empty(), Optional.of(key)), key);
        needs(Transaction::templates, site.template(Optional.of(key)), key);
        TemplateRecord template = site.template(Optional.empty());
        needs(Transaction::templateCopies, site.copyOf(template, site.place()), template.id());
        needs(
                Transaction::credentials,
                CredentialRecord.ofPool(pool, "password", site.key().id()),
                pool);
        needs(Transaction::credentials, CredentialRecord.ofPool(site.pool().id(), "password", key), key);
        RecordId<HostRecord> lostHost = RecordId.random();
        needs(
                Transaction::credentials,
                CredentialRecord.ofHost(lostHost, "password", site.key().id()),
                lostHost);
        insert(Transaction::templates, template);
        needs(Transaction::templateCopies, site.copyOf(template, away), pool);
        VolumeRecord kept = insert(Transaction::volumes, volume);
        needs(
                Transaction::attachments,
                AttachmentRecord.of(volume.id(), new RecordId<>("no-host"), new MachineId("m")),
                new RecordId<>("no-host"));
        refusesChange(
                Failure.NOT_FOUND,
                "a change to a lost key",
                t -> t.volumes().update(kept.openedWith(Optional.of(key))));
    }

    /** Requires that {@code target} stays while {@code user} refers to it, and can go afterwards. */
    private <R extends CatalogRecord<R>, U extends CatalogRecord<U>> void stays(
            Function<Transaction, Table<R>> table, R target, Function<Transaction, Table<U>> users, U user)
            throws InterruptedException {
        U kept = insert(users, user);
        R now = find(table, target.id()).orElseThrow();
        assertThat(catchFailure(Failure.IN_USE, t -> table.apply(t).delete(now)))
                .contains(kept.id().value());
        assertThat(find(table, target.id())).contains(now);
        assertThat(find(users, user.id())).contains(kept);
        change(t -> users.apply(t).delete(kept));
    }

    @Test
    final void a_key_stays_as_long_as_anything_refers_to_it() throws InterruptedException {
        KeyRecord key = site.key();
        Optional<RecordId<KeyRecord>> needed = Optional.of(key.id());
        stays(Transaction::keys, key, Transaction::volumes, site.volume().openedWith(needed));
        VolumeRecord.Second second = new VolumeRecord.Second(VolumeRecord.Second.Role.FORMER_KEY, site.place(), needed);
        stays(Transaction::keys, key, Transaction::volumes, site.volume().beside(Optional.of(second)));
        stays(Transaction::keys, key, Transaction::snapshots, site.snapshot(Optional.empty(), needed));
        stays(Transaction::keys, key, Transaction::templates, site.template(needed));
        stays(Transaction::keys, key, Transaction::backups, site.backup(Optional.empty(), needed));
        stays(
                Transaction::keys,
                key,
                Transaction::credentials,
                CredentialRecord.ofPool(site.pool().id(), "password", key.id()));
        change(t -> t.keys().delete(key));
        assertThat(find(Transaction::keys, key.id())).isEmpty();
    }

    @Test
    final void a_machine_stays_as_long_as_it_has_a_disk_and_a_template_as_long_as_it_has_a_copy()
            throws InterruptedException {
        VolumeRecord volume = insert(Transaction::volumes, site.volume());
        MachineRecord machine = insert(Transaction::machines, site.machine());
        stays(
                Transaction::volumes,
                volume,
                Transaction::machineDisks,
                MachineDiskRecord.of(machine.id(), volume.id(), 0));
        stays(
                Transaction::machines,
                machine,
                Transaction::machineDisks,
                MachineDiskRecord.of(machine.id(), volume.id(), 0));
        HostRecord host = insert(
                Transaction::hosts,
                HostRecord.named(unique("h"), site.cluster().id(), site.host().options(), Site.NOW));
        stays(Transaction::hosts, host, Transaction::machines, site.machine().movingTo(host.id()));
        TemplateRecord template = insert(Transaction::templates, site.template(Optional.empty()));
        stays(Transaction::templates, template, Transaction::templateCopies, site.copyOf(template, site.place()));
    }

    @Test
    final void a_key_stays_until_the_record_that_needs_it_is_changed() throws InterruptedException {
        KeyRecord key = site.key();
        VolumeRecord volume = insert(Transaction::volumes, site.volume().openedWith(Optional.of(key.id())));
        refusesChange(Failure.IN_USE, "a key in use", t -> t.keys().delete(key));
        change(t -> {
            VolumeRecord opened = t.volumes().update(volume.openedWith(Optional.empty()));
            t.keys().delete(key);
            refuses(Failure.NOT_FOUND, () -> t.volumes().update(opened.openedWith(Optional.of(key.id()))));
        });
        assertThat(find(Transaction::keys, key.id())).isEmpty();
    }

    @Test
    final void a_layer_stays_as_long_as_a_layer_a_copy_or_a_reading_needs_it() throws InterruptedException {
        PoolRecord pool = insert(Transaction::pools, site.anotherPool());
        ChainRecord elsewhere = new ChainRecord(RecordId.random(), 0, pool.id(), ChainRecord.Life.PRESENT, 1);
        stays(Transaction::pools, pool, Transaction::chains, elsewhere);
        ChainRecord chain = insert(Transaction::chains, site.chain(site.volume()));
        stays(Transaction::chains, chain, Transaction::snapshots, site.snapshot(chain));
        stays(Transaction::chains, chain, Transaction::backups, site.layer(chain, Optional.empty()));
        SnapshotRecord snapshot = insert(Transaction::snapshots, site.snapshot(chain));
        BackupRecord layer = insert(Transaction::backups, site.layer(chain, Optional.empty()));
        stays(Transaction::backups, layer, Transaction::backups, site.layer(chain, Optional.of(layer.id())));
        stays(Transaction::backups, layer, Transaction::readings, site.reading(layer));
        stays(Transaction::backups, layer, Transaction::replicas, site.replica(snapshot, layer));
        stays(Transaction::snapshots, snapshot, Transaction::replicas, site.replica(snapshot, layer));
        needs(Transaction::backups, site.layer(chain, Optional.of(new RecordId<>("lost"))), new RecordId<>("lost"));
        SnapshotRecord lost = site.snapshot(chain);
        needs(Transaction::replicas, site.replica(lost, layer), lost.id());
    }

    @Test
    final void a_store_stays_as_long_as_a_policy_names_it_and_that_as_long_as_something_was_taken_for_it()
            throws InterruptedException {
        PoolRecord store = insert(Transaction::pools, site.anotherPool());
        SnapshotPolicyRecord elsewhere = site.policy().saying(store.id(), Facts.NONE);
        stays(Transaction::pools, store, Transaction::snapshotPolicies, elsewhere);
        SnapshotPolicyRecord policy = insert(Transaction::snapshotPolicies, site.policy());
        stays(Transaction::snapshotPolicies, policy, Transaction::scheduledSnapshots, Site.scheduled(policy));
        SnapshotPolicyRecord lost = site.policy();
        needs(Transaction::scheduledSnapshots, Site.scheduled(lost), lost.id());
    }

    @Test
    final void a_host_and_a_pool_stay_as_long_as_they_have_a_credential_and_have_one_for_each_option()
            throws InterruptedException {
        PoolRecord pool = insert(Transaction::pools, site.anotherPool());
        CredentialRecord password =
                CredentialRecord.ofPool(pool.id(), "password", site.key().id());
        stays(Transaction::pools, pool, Transaction::credentials, password);
        insert(Transaction::credentials, password);
        refusesChange(
                Failure.EXISTS_DIFFERENTLY,
                "a second password",
                t -> t.credentials()
                        .insert(CredentialRecord.ofPool(
                                pool.id(), "password", site.key().id())));
        CredentialRecord token = insert(
                Transaction::credentials,
                CredentialRecord.ofPool(pool.id(), "token", site.key().id()));
        seen(t -> {
            assertThat(t.credentials().where(CredentialRecord.POOL, pool.id())).hasSize(2);
            assertThat(t.credentials().where(CredentialRecord.KEY, site.key().id()))
                    .contains(token);
            return true;
        });
        change(t -> t.pools().delete(site.pool()));
        stays(
                Transaction::hosts,
                site.host(),
                Transaction::credentials,
                CredentialRecord.ofHost(site.host().id(), "password", site.key().id()));
    }

    @Test
    final void what_is_set_for_a_place_and_what_is_held_keep_what_they_name() throws InterruptedException {
        PoolRecord pool = insert(Transaction::pools, site.anotherPool());
        stays(Transaction::pools, pool, Transaction::settings, SettingRecord.ofPool(pool.id(), "a", "1"));
        SettingRecord ofZone = SettingRecord.ofZone(site.zone().id(), "a", "1");
        insert(Transaction::settings, ofZone);
        refusesChange(
                Failure.EXISTS_DIFFERENTLY, "a second one", t -> t.settings().insert(ofZone.setTo("2")));
        RecordId<ClusterRecord> cluster = RecordId.random();
        needs(Transaction::settings, SettingRecord.ofCluster(cluster, "a", "1"), cluster);
        AccountRecord account = insert(Transaction::accounts, Site.account());
        OfferingRecord offering = insert(Transaction::offerings, Site.offering());
        stays(Transaction::accounts, account, Transaction::holdings, Site.holding(account, Optional.empty()));
        stays(
                Transaction::offerings,
                offering,
                Transaction::holdings,
                Site.holding(account, Optional.of(offering.id())));
        refusesChange(
                Failure.EXISTS_DIFFERENTLY,
                "the same path again",
                t -> t.accounts().insert(AccountRecord.named(account.path())));
    }

    @Test
    final void a_place_stays_as_long_as_anything_is_there() throws InterruptedException {
        PoolRecord pool = insert(Transaction::pools, site.anotherPool());
        VolumeRecord.Place there = VolumeRecord.Place.first(pool.id(), ImageFormat.RAW);
        VolumeRecord.Second second =
                new VolumeRecord.Second(VolumeRecord.Second.Role.OUTGOING, there, Optional.empty());
        stays(Transaction::pools, pool, Transaction::volumes, site.volume().at(there));
        stays(Transaction::pools, pool, Transaction::volumes, site.volume().beside(Optional.of(second)));
        TemplateRecord template = insert(Transaction::templates, site.template(Optional.empty()));
        stays(Transaction::pools, pool, Transaction::templateCopies, site.copyOf(template, there));
        stays(
                Transaction::pools,
                pool,
                Transaction::pools,
                site.anotherPool().below(Optional.of(PoolRecord.Membership.of(pool.id()))));
        change(t -> t.pools().delete(pool));

        VolumeRecord volume = insert(Transaction::volumes, site.volume());
        Optional<RecordId<VolumeRecord>> of = Optional.of(volume.id());
        stays(Transaction::volumes, volume, Transaction::attachments, site.attachment(volume));
        stays(Transaction::volumes, volume, Transaction::snapshots, site.snapshot(of, Optional.empty()));
        stays(Transaction::volumes, volume, Transaction::backups, site.backup(of, Optional.empty()));
        refusesChange(Failure.IN_USE, "a host with a pool", t -> t.hosts().delete(site.host()));
        refusesChange(Failure.IN_USE, "a cluster with a host", t -> t.clusters().delete(site.cluster()));
        refusesChange(Failure.IN_USE, "a zone with a cluster", t -> t.zones().delete(site.zone()));
        change(t -> {
            t.volumes().delete(volume);
            t.pools().delete(site.pool());
        });
        stays(Transaction::hosts, site.host(), Transaction::pools, fresh(site.pool()));
        insert(Transaction::volumes, site().volume());
        change(t -> t.hosts().delete(site.host()));
        stays(
                Transaction::clusters,
                site.cluster(),
                Transaction::pools,
                PoolRecord.named(
                        unique("p"),
                        new PoolRecord.Reach(
                                site.zone().id(), Optional.of(site.cluster().id()), Optional.empty()),
                        "nfs",
                        site.pool().options(),
                        Site.NOW));
        change(t -> t.clusters().delete(site.cluster()));
        stays(Transaction::zones, site.zone(), Transaction::pools, site.anotherPool());
        change(t -> t.zones().delete(site.zone()));
    }

    private static PoolRecord fresh(PoolRecord pool) {
        return PoolRecord.named(unique("p"), pool.reach(), pool.type(), pool.options(), Site.NOW);
    }
}
