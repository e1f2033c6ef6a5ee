package io.hvkit.testkit.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.catalog.spi.AttachmentRecord;
import io.hvkit.catalog.spi.BackupRecord;
import io.hvkit.catalog.spi.CatalogRecord;
import io.hvkit.catalog.spi.ClusterRecord;
import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.Field;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.KeyRecord;
import io.hvkit.catalog.spi.MachineDiskRecord;
import io.hvkit.catalog.spi.MachineRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.SnapshotRecord;
import io.hvkit.catalog.spi.Table;
import io.hvkit.catalog.spi.TemplateCopyRecord;
import io.hvkit.catalog.spi.TemplateRecord;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.catalog.spi.ZoneRecord;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the tables of a catalog must be: names are unique, and records are found as asked for. */
public abstract non-sealed class CatalogRecordsContract extends CatalogCases {

    private Site site;

    /** Made by JUnit. */
    protected CatalogRecordsContract() {}

    /** Made by JUnit. */
    @BeforeEach
    final void makeSite() throws InterruptedException {
        site = site();
    }

    private <R extends CatalogRecord<R>> void taken(Function<Transaction, Table<R>> table, R kept, R same)
            throws InterruptedException {
        refusesChange(
                Failure.EXISTS_DIFFERENTLY, "the id again", t -> table.apply(t).insert(kept.withVersion(0)));
        refusesChange(
                Failure.EXISTS_DIFFERENTLY,
                "the name again",
                t -> table.apply(t).insert(same));
        assertThat(find(table, same.id())).isEmpty();
        assertThat(find(table, kept.id())).contains(kept);
    }

    private VolumeRecord named(String name) {
        VolumeRecord any = site.volume();
        return new VolumeRecord(
                any.id(), 0, name, any.state(), any.place(), any.size(), any.key(), any.second(), any.createdAt());
    }

    @Test
    final void a_name_is_kept_once() throws InterruptedException {
        ZoneRecord zone = site.zone();
        ClusterRecord cluster = site.cluster();
        HostRecord host = site.host();
        PoolRecord pool = site.pool();
        taken(Transaction::zones, zone, ZoneRecord.named(zone.name()));
        taken(Transaction::clusters, cluster, ClusterRecord.named(cluster.name(), zone.id(), "vmware"));
        taken(Transaction::hosts, host, HostRecord.named(host.name(), cluster.id(), host.options(), Site.NOW));
        taken(Transaction::pools, pool, PoolRecord.named(pool.name(), pool.reach(), "nfs", pool.options(), Site.NOW));
        VolumeRecord volume = insert(Transaction::volumes, site.volume());
        taken(Transaction::volumes, volume, named(volume.name()));
        AttachmentRecord use = insert(Transaction::attachments, site.attachment(volume));
        taken(Transaction::attachments, use, AttachmentRecord.of(volume.id(), host.id(), use.machine()));
        MachineRecord machine = insert(Transaction::machines, site.machine());
        MachineRecord same = site.machine();
        taken(
                Transaction::machines,
                machine,
                new MachineRecord(
                        same.id(),
                        0,
                        machine.name(),
                        same.state(),
                        same.zone(),
                        same.needs(),
                        same.devices(),
                        same.host(),
                        same.target(),
                        same.createdAt()));
        MachineRecord other = insert(Transaction::machines, same);
        MachineDiskRecord disk = insert(Transaction::machineDisks, MachineDiskRecord.of(machine.id(), volume.id(), 0));
        taken(Transaction::machineDisks, disk, MachineDiskRecord.of(other.id(), volume.id(), 7));
        SnapshotRecord s = insert(Transaction::snapshots, site.snapshot(Optional.empty(), Optional.empty()));
        taken(
                Transaction::snapshots,
                s,
                new SnapshotRecord(RecordId.random(), 0, s.volume(), s.name(), s.key(), s.createdAt()));
        BackupRecord b = insert(Transaction::backups, site.backup(Optional.empty(), Optional.empty()));
        taken(
                Transaction::backups,
                b,
                new BackupRecord(RecordId.random(), 0, b.volume(), b.name(), b.key(), b.createdAt()));
        TemplateRecord t = insert(Transaction::templates, site.wholeTemplate());
        taken(
                Transaction::templates,
                t,
                new TemplateRecord(RecordId.random(), 0, t.name(), t.content(), t.source(), t.key(), t.createdAt()));
        TemplateCopyRecord copy = insert(Transaction::templateCopies, site.copyOf(t, site.place()));
        taken(Transaction::templateCopies, copy, site.copyOf(t, site.encryptedPlace()));
        insert(Transaction::templateCopies, site.copyOf(insert(Transaction::templates, same(t)), site.place()));
        assertThat(seenAll(tx -> tx.templates()
                        .where(
                                TemplateRecord.DIGEST,
                                t.content().digest().orElseThrow().hex())))
                .hasSize(2);
    }

    private static TemplateRecord same(TemplateRecord template) {
        return new TemplateRecord(
                RecordId.random(),
                0,
                unique("template"),
                template.content(),
                template.source(),
                template.key(),
                template.createdAt());
    }

    @Test
    final void a_name_counts_among_records_of_its_kind_and_place_alone() throws InterruptedException {
        Site elsewhere = site();
        insert(
                Transaction::clusters,
                ClusterRecord.named(site.cluster().name(), elsewhere.zone().id(), "kvm"));
        insert(Transaction::zones, ZoneRecord.named(site.host().name()));
        VolumeRecord volume = insert(Transaction::volumes, named(site.pool().name()));
        VolumeRecord upper = insert(Transaction::volumes, named(unique("VOLUME-I")));
        insert(Transaction::volumes, named(upper.name().toLowerCase(Locale.ROOT)));
        insert(Transaction::volumes, named(volume.name() + " "));
        AttachmentRecord use = insert(Transaction::attachments, site.attachment(volume));
        insert(Transaction::attachments, site.attachment(volume));
        insert(
                Transaction::attachments,
                AttachmentRecord.of(upper.id(), site.host().id(), use.machine()));
    }

    @Test
    final void a_record_cannot_be_given_a_name_that_is_taken() throws InterruptedException {
        VolumeRecord one = insert(Transaction::volumes, site.volume());
        VolumeRecord two = insert(Transaction::volumes, site.volume());
        VolumeRecord renamed = new VolumeRecord(
                two.id(), 1, one.name(), two.state(), two.place(), two.size(), two.key(), two.second(), Site.NOW);
        refusesChange(
                Failure.EXISTS_DIFFERENTLY,
                "a name that is taken",
                t -> t.volumes().update(renamed));
        assertThat(find(Transaction::volumes, two.id())).contains(two);
        change(t -> t.volumes().delete(one));
        change(t -> t.volumes().update(renamed));
        assertThat(find(Transaction::volumes, two.id()).map(VolumeRecord::name)).contains(one.name());
    }

    @Test
    final void pages_have_every_record_once_in_the_order_of_ids() throws InterruptedException {
        String prefix = unique("page");
        List<String> ids = new ArrayList<>(IntStream.range(0, 23)
                .mapToObj(i -> (i % 2 == 0 ? "b" : "B") + (i % 3 == 0 ? "-" : "_") + i + "." + prefix.substring(5, 20))
                .toList());
        List<String> shuffled = new ArrayList<>(ids);
        Collections.shuffle(shuffled, new Random(7));
        change(t -> shuffled.forEach(id -> t.zones().insert(new ZoneRecord(new RecordId<>(id), 0, "z" + id))));
        Collections.sort(ids);

        List<String> all = seen(t -> {
            List<String> found = new ArrayList<>();
            Optional<RecordId<ZoneRecord>> after = Optional.empty();
            while (true) {
                List<ZoneRecord> page = t.zones().page(after, 4);
                assertThat(page).hasSizeLessThanOrEqualTo(4);
                if (page.isEmpty()) {
                    return found;
                }
                page.forEach(zone -> found.add(zone.id().value()));
                after = Optional.of(page.get(page.size() - 1).id());
            }
        });
        assertThat(all).isSorted().doesNotHaveDuplicates();
        assertThat(all.stream().filter(ids::contains).toList()).isEqualTo(ids);
        assertThat(all).contains(site.zone().id().value());
        for (int limit : List.of(0, -1, Table.LONGEST_PAGE + 1)) {
            refusesChange(
                    Failure.INVALID_REQUEST,
                    "a page of " + limit,
                    t -> t.zones().page(Optional.empty(), limit));
        }
    }

    @Test
    final void records_are_found_by_every_field_and_by_nothing_else() throws InterruptedException {
        VolumeRecord plain = insert(Transaction::volumes, site.volume());
        VolumeRecord whole = insert(Transaction::volumes, site.encryptedVolume());
        AttachmentRecord use = insert(Transaction::attachments, site.attachment(whole));
        seen(t -> {
            assertThat(t.clusters().where(ClusterRecord.ZONE, site.zone().id())).containsExactly(site.cluster());
            assertThat(t.clusters().where(ClusterRecord.NAME, site.cluster().name()))
                    .containsExactly(site.cluster());
            assertThat(t.hosts().where(HostRecord.CLUSTER, site.cluster().id())).containsExactly(site.host());
            assertThat(t.pools().where(PoolRecord.HOST, site.host().id())).containsExactly(site.pool());
            assertThat(t.pools().where(PoolRecord.CLUSTER, site.cluster().id())).containsExactly(site.pool());
            assertThat(t.pools().where(PoolRecord.ZONE, site.zone().id())).containsExactly(site.pool());
            assertThat(t.volumes().where(VolumeRecord.POOL, site.pool().id()))
                    .containsExactlyElementsOf(sorted(plain, whole));
            assertThat(t.volumes().where(VolumeRecord.KEY, site.key().id())).containsExactly(whole);
            assertThat(t.volumes().where(VolumeRecord.SECOND_POOL, site.pool().id()))
                    .containsExactly(whole);
            assertThat(t.volumes().where(VolumeRecord.SECOND_KEY, site.key().id()))
                    .containsExactly(whole);
            assertThat(t.volumes().where(VolumeRecord.STATE, plain.state())).contains(plain);
            assertThat(t.volumes().where(VolumeRecord.STATE, VolumeRecord.State.BROKEN))
                    .doesNotContain(plain, whole);
            assertThat(t.volumes().where(VolumeRecord.NAME, plain.name())).containsExactly(plain);
            assertThat(t.volumes().where(VolumeRecord.NAME, "' OR 1=1 --")).isEmpty();
            assertThat(t.volumes().where(VolumeRecord.NAME, "%")).isEmpty();
            assertThat(t.attachments().where(AttachmentRecord.MACHINE, use.machine()))
                    .containsExactly(use);
            assertThat(t.attachments().where(AttachmentRecord.VOLUME, whole.id()))
                    .containsExactly(use);
            assertThat(t.attachments().where(AttachmentRecord.HOST, site.host().id()))
                    .containsExactly(use);
            assertThat(t.keys().where(KeyRecord.MASTER_KEY, site.key().masterKey()))
                    .containsExactly(site.key());
            assertThat(t.keys().where(KeyRecord.STATE, KeyRecord.State.ACTIVE)).contains(site.key());
            assertThat(t.keys().where(KeyRecord.STATE, KeyRecord.State.DESTROYED))
                    .doesNotContain(site.key());
            return true;
        });
    }

    @Test
    final void pools_are_found_by_exactly_who_reaches_them() throws InterruptedException {
        ZoneRecord elsewhere = insert(Transaction::zones, ZoneRecord.named(unique("zone")));
        PoolRecord ofHost = site.pool();
        PoolRecord ofCluster = insert(Transaction::pools, reached(PoolRecord.Reach.of(site.cluster())));
        PoolRecord ofZone = insert(Transaction::pools, reached(PoolRecord.Reach.of(site.zone())));
        PoolRecord ofNobodyElse = insert(Transaction::pools, reached(PoolRecord.Reach.of(elsewhere)));

        for (PoolRecord pool : List.of(ofHost, ofCluster, ofZone, ofNobodyElse)) {
            assertThat(seenAll(t -> t.pools().where(PoolRecord.REACH, pool.reach())))
                    .containsExactly(pool);
        }
        PoolRecord moved =
                catalog.inTransaction(t -> t.pools().update(ofCluster.reached(ofZone.reach(), ofCluster.options())));
        assertThat(seenAll(t -> t.pools().where(PoolRecord.REACH, ofCluster.reach())))
                .isEmpty();
        assertThat(seenAll(t -> t.pools().where(PoolRecord.REACH, ofZone.reach())))
                .containsExactlyInAnyOrder(ofZone, moved);
    }

    private static PoolRecord reached(PoolRecord.Reach reach) {
        return PoolRecord.named(unique("pool"), reach, "nfs", Facts.NONE, Site.NOW);
    }

    private static List<VolumeRecord> sorted(VolumeRecord... volumes) {
        return Arrays.stream(volumes)
                .sorted(Comparator.comparing(volume -> volume.id().value()))
                .toList();
    }

    @Test
    final void records_are_found_by_every_field_that_is_said_to_find_them() throws Exception {
        List<String> tried = new ArrayList<>();
        for (Method table : Transaction.class.getMethods()) {
            if (table.getGenericReturnType() instanceof ParameterizedType of
                    && of.getRawType().equals(Table.class)) {
                Class<?> record = (Class<?>) of.getActualTypeArguments()[0];
                for (java.lang.reflect.Field constant : record.getFields()) {
                    if (constant.getGenericType() instanceof ParameterizedType type
                            && constant.getType().equals(Field.class)) {
                        Object value = anything(type.getActualTypeArguments()[1]);
                        Object found = catalog.inTransaction(t -> where(t, table, constant, value));
                        assertThat(found).as("%s", constant).isInstanceOf(List.class);
                        tried.add(constant.toString());
                    }
                }
            }
        }
        assertThat(tried).hasSizeGreaterThan(30);
    }

    private static Object where(Transaction t, Method table, java.lang.reflect.Field constant, Object value) {
        try {
            Method where = Table.class.getMethod("where", Field.class, Object.class);
            return where.invoke(table.invoke(t), constant.get(null), value);
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("nothing is found by " + constant, e);
        }
    }

    /** Returns a value of a field's type, which perhaps no record has. */
    private static Object anything(Type type) {
        if (type.equals(String.class)) {
            return "anything";
        }
        if (type.equals(MachineId.class)) {
            return new MachineId("anything");
        }
        if (type.equals(PoolRecord.Reach.class)) {
            return new PoolRecord.Reach(
                    RecordId.random(), Optional.of(RecordId.random()), Optional.of(RecordId.random()));
        }
        return type instanceof Class<?> word && word.isEnum() ? word.getEnumConstants()[0] : RecordId.random();
    }
}
