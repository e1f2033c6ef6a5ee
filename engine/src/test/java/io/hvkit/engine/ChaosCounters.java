package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.catalog.spi.Amounts;
import io.hvkit.catalog.spi.BackupRecord;
import io.hvkit.catalog.spi.HoldingRecord;
import io.hvkit.catalog.spi.MachineRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.ReplicaRecord;
import io.hvkit.catalog.spi.SnapshotRecord;
import io.hvkit.catalog.spi.TemplateCopyRecord;
import io.hvkit.catalog.spi.TemplateRecord;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.UsageRecord;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.engine.ChaosMemory.Fate;
import io.hvkit.engine.internal.usage.Recount;
import io.hvkit.engine.usage.Account;
import io.hvkit.engine.usage.Thing;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Judges counters: each equals what is there, added up in another way, and events tell of each change once. */
record ChaosCounters(ChaosSight sight) {

    /** What is to be counted, by account and by thing. */
    private record Sums(Map<Account, Amounts> accounts, Map<String, Amounts> things) {

        void add(Thing thing, Fate fate, Map<String, Long> amounts) {
            fate.owner().ifPresent(owner -> {
                Amounts counted = Amounts.of(amounts);
                things.put(thing.toString(), counted);
                owner.lineage().forEach(account -> accounts.merge(account, counted, Amounts::plus));
            });
        }
    }

    void check() throws InterruptedException {
        assertThat(sight.world.catalog.inTransaction(Recount::drift))
                .as(sight.when)
                .isEmpty();
        Sums sums = sums();
        Map<String, Amounts> counted = new TreeMap<>();
        sight.all(Transaction::holdings).forEach(holding -> counted.put(holding.thing(), holding.counted()));
        assertThat(counted)
                .as(sight.story("what counts for somebody", difference(counted, sums.things)))
                .isEqualTo(sums.things);
        assertThat(sight.all(Transaction::holdings))
                .as("what is being made, %s", sight.when)
                .allMatch(holding -> holding.standing() == HoldingRecord.Standing.HELD);
        for (Account account : ChaosCaller.ACCOUNTS.stream()
                .flatMap(account -> account.lineage().stream())
                .toList()) {
            Amounts held = sight.world.catalog.inTransaction(t ->
                    t.accounts().find(account.id()).map(known -> known.held()).orElse(Amounts.NONE));
            assertThat(held)
                    .as("what %s has, %s", account, sight.when)
                    .isEqualTo(sums.accounts.getOrDefault(account, Amounts.NONE));
        }
        checkEvents(sums);
    }

    private Sums sums() throws InterruptedException {
        Sums sums = new Sums(new TreeMap<>(Comparator.comparing(Account::toString)), new TreeMap<>());
        ChaosMemory memory = sight.world.memory;
        for (VolumeRecord volume : sight.volumes) {
            sums.add(
                    Thing.volume(volume.id()),
                    memory.volume(volume.name()),
                    Map.of("volume", 1L, "primary_storage", volume.size().bytes()));
        }
        for (MachineRecord machine : sight.machines) {
            MachineRecord.Needs needs = machine.needs();
            sums.add(
                    Thing.machine(machine.id()),
                    memory.machine(machine.name()),
                    Map.of(
                            "user_vm",
                            1L,
                            "cpu",
                            (long) needs.cpus(),
                            "memory",
                            needs.memory().bytes()));
        }
        List<TemplateCopyRecord> copies = sight.all(Transaction::templateCopies);
        for (TemplateRecord template : sight.all(Transaction::templates)) {
            long size = template.content().size().orElse(ByteSize.ZERO).bytes();
            long count = copies.stream()
                    .filter(copy -> copy.template().equals(template.id()))
                    .count();
            sums.add(
                    Thing.template(template.id()),
                    memory.template(template.name()),
                    Map.of("template", 1L, "secondary_storage", count * size));
        }
        addSnapshots(sums);
        return sums;
    }

    private void addSnapshots(Sums sums) throws InterruptedException {
        Map<RecordId<BackupRecord>, Long> layers = new HashMap<>();
        for (BackupRecord backup : sight.all(Transaction::backups)) {
            backup.layer()
                    .flatMap(BackupRecord.Layer::counted)
                    .ifPresent(size -> layers.put(backup.id(), size.bytes()));
        }
        List<ReplicaRecord> replicas = sight.all(Transaction::replicas);
        for (SnapshotRecord snapshot : countedOldestFirst()) {
            long bytes = replicas.stream()
                    .filter(replica -> replica.snapshot().equals(snapshot.id()))
                    .filter(replica -> replica.state() != ReplicaRecord.State.FAILED)
                    .mapToLong(replica -> Optional.ofNullable(layers.remove(replica.layer()))
                            .orElse(0L)) // one that several have counts once
                    .sum();
            sums.add(
                    Thing.snapshot(snapshot.id()),
                    sight.world.memory.snapshot(snapshot.name()),
                    Map.of("snapshot", 1L, "secondary_storage", bytes));
        }
    }

    private List<SnapshotRecord> countedOldestFirst() throws InterruptedException {
        return sight.all(Transaction::snapshots).stream()
                .filter(snapshot -> snapshot.chained()
                        .filter(chained -> chained.usage() == SnapshotRecord.Usage.RUNNING)
                        .isPresent())
                .sorted(Comparator.comparingLong(
                        snapshot -> snapshot.chained().orElseThrow().sequence()))
                .toList();
    }

    /** What began and did not end is there; nothing begins or ends twice. */
    private void checkEvents(Sums sums) throws InterruptedException {
        List<UsageRecord> events = sight.all(Transaction::usage);
        Map<String, Integer> begun = new TreeMap<>();
        for (int i = 0; i < events.size(); i++) {
            UsageRecord event = events.get(i);
            assertThat(event.number()).as("numbers of events, %s", sight.when).isEqualTo(i + 1L);
            int change = switch (event.kind()) {
                case STARTED -> 1;
                case ENDED -> -1;
                default -> 0;
            };
            int open = begun.merge(event.thing(), change, Integer::sum);
            assertThat(open)
                    .as(sight.story("beginnings without an end of " + event.thing(), idOf(event.thing())))
                    .isBetween(0, 1);
        }
        begun.values().removeIf(open -> open == 0);
        assertThat(begun.keySet())
                .as(sight.story("what began and did not end", difference(begun, sums.things)))
                .isEqualTo(sums.things.keySet());
    }

    private static String idOf(String thing) {
        return thing.substring(thing.indexOf(':') + 1);
    }

    private static String[] difference(Map<String, ?> one, Map<String, ?> other) {
        return Stream.concat(one.keySet().stream(), other.keySet().stream())
                .filter(thing -> one.get(thing) == null || other.get(thing) == null)
                .map(ChaosCounters::idOf)
                .toArray(String[]::new);
    }
}
