package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.catalog.spi.Amounts;
import io.hvkit.catalog.spi.BackupRecord;
import io.hvkit.catalog.spi.Catalog;
import io.hvkit.catalog.spi.HoldingRecord;
import io.hvkit.catalog.spi.MachineRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.ReplicaRecord;
import io.hvkit.catalog.spi.SnapshotRecord;
import io.hvkit.catalog.spi.Table;
import io.hvkit.catalog.spi.TemplateCopyRecord;
import io.hvkit.catalog.spi.TemplateRecord;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.UsageRecord;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.engine.internal.usage.Recount;
import io.hvkit.engine.usage.Account;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What must hold of counters and events whatever has died, where every volume, machine, template and snapshot counts for one account. */
final class Counted {

    static final Account OWNER = Account.of("acme/dev");

    private Counted() {}

    /** What there is, added up in another way than the engine does. */
    private static final class Sums {
        private final Map<String, Long> amounts = new HashMap<>();
        private final Set<String> things = new HashSet<>();

        static Sums of(Transaction transaction) {
            Sums sums = new Sums();
            for (VolumeRecord volume : transaction.volumes().page(Optional.empty(), Table.LONGEST_PAGE)) {
                sums.add("volume", volume.id().value());
                sums.add("primary_storage", volume.size().bytes());
            }
            for (MachineRecord machine : transaction.machines().page(Optional.empty(), Table.LONGEST_PAGE)) {
                sums.add("user_vm", "machine", machine.id().value());
                sums.add("cpu", machine.needs().cpus());
                sums.add("memory", machine.needs().memory().bytes());
            }
            for (TemplateRecord template : transaction.templates().page(Optional.empty(), Table.LONGEST_PAGE)) {
                sums.add("template", template.id().value());
            }
            for (TemplateCopyRecord copy : transaction.templateCopies().page(Optional.empty(), Table.LONGEST_PAGE)) {
                sums.add(
                        "secondary_storage",
                        transaction
                                .templates()
                                .require(copy.template())
                                .content()
                                .size()
                                .orElseThrow()
                                .bytes());
            }
            Set<RecordId<BackupRecord>> layers = new HashSet<>(); // one that several have counts once
            for (SnapshotRecord snapshot : transaction.snapshots().page(Optional.empty(), Table.LONGEST_PAGE)) {
                if (snapshot.chained().orElseThrow().usage() == SnapshotRecord.Usage.RUNNING) {
                    sums.add("snapshot", snapshot.id().value());
                    for (ReplicaRecord copy : transaction.replicas().where(ReplicaRecord.SNAPSHOT, snapshot.id())) {
                        layers.add(copy.layer());
                    }
                }
            }
            for (RecordId<BackupRecord> id : layers) {
                BackupRecord layer = transaction.backups().require(id);
                sums.add(
                        "secondary_storage",
                        layer.layer().orElseThrow().counted().orElseThrow().bytes());
            }
            return sums;
        }

        private void add(String kind, String id) {
            add(kind, kind, id);
        }

        private void add(String resource, String kind, String id) {
            add(resource, 1);
            things.add(kind + ":" + id);
        }

        private void add(String resource, long size) {
            amounts.merge(resource, size, Long::sum);
        }
    }

    static void check(Catalog catalog, String when) throws InterruptedException {
        assertThat(catalog.inTransaction(Recount::drift)).as(when).isEmpty();
        List<UsageRecord> events = catalog.inTransaction(t -> t.usage().page(Optional.empty(), Table.LONGEST_PAGE));
        for (int i = 0; i < events.size(); i++) {
            assertThat(events.get(i).number()).as("numbers of events, %s", when).isEqualTo(i + 1L);
        }
        Sums sums = catalog.inTransaction(Sums::of);
        for (Account account : OWNER.lineage()) {
            Amounts held = catalog.inTransaction(t ->
                    t.accounts().find(account.id()).map(known -> known.held()).orElse(Amounts.NONE));
            assertThat(held).as("%s, %s", account, when).isEqualTo(Amounts.of(sums.amounts));
        }
        for (String thing : sums.things) {
            HoldingRecord holding = catalog.inTransaction(t -> t.holdings().require(HoldingRecord.idOf(thing)));
            assertThat(holding.standing()).as(when).isEqualTo(HoldingRecord.Standing.HELD);
            assertThat(events)
                    .as("%s began once, %s", thing, when)
                    .filteredOn(event -> event.thing().equals(thing) && event.kind() == UsageRecord.Kind.STARTED)
                    .hasSize(1);
        }
        assertThat(count(events, UsageRecord.Kind.STARTED))
                .as("what began and did not end is there, %s", when)
                .isEqualTo(sums.things.size() + count(events, UsageRecord.Kind.ENDED));
    }

    private static long count(List<UsageRecord> events, UsageRecord.Kind kind) {
        return events.stream().filter(event -> event.kind() == kind).count();
    }
}
