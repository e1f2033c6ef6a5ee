package io.hvkit.engine.internal.snapshot;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.core.PoolId;
import io.hvkit.core.SnapshotId;
import io.hvkit.storage.spi.chain.Layer;
import io.hvkit.storage.spi.chain.LayerId;
import io.hvkit.storage.spi.chain.LogicalSnapshot;
import io.hvkit.storage.spi.chain.Replica;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A copy of a snapshot that is known not to be readable, and another one that is: what both hold says whether it is known rightly still.
 *
 * @param snapshot the snapshot
 * @param doubted the layer of the one, and all that it stands on, from the top down
 * @param whole the layer of the other, and all that this stands on
 * @param secrecy whether any of them is encrypted
 */
record DoubtedCopy(SnapshotId snapshot, List<LayerId> doubted, List<LayerId> whole, TakePlan.Secrecy secrecy) {

    /** Returns the first one of a chain, as evidence; those with the fewest layers first, since others may stand on them. */
    static Facts next(ChainLedger ledger, Set<String> tried) {
        return ledger.graph().rows().snapshots().stream()
                .filter(LogicalSnapshot::isPublished)
                .flatMap(snapshot -> copies(ledger, snapshot, Layer.State.UNUSABLE)
                        .flatMap(line -> of(ledger, snapshot, line).stream()))
                .filter(copy -> !tried.contains(copy.name()))
                .min(Comparator.comparingInt((DoubtedCopy copy) -> copy.doubted.size())
                        .thenComparing(DoubtedCopy::name))
                .map(DoubtedCopy::facts)
                .orElse(Facts.NONE);
    }

    private static Optional<DoubtedCopy> of(ChainLedger ledger, LogicalSnapshot snapshot, List<LayerId> doubted) {
        return copies(ledger, snapshot, Layer.State.READY)
                .min(Comparator.comparingInt((List<LayerId> line) -> line.size())
                        .thenComparing(line -> line.get(0).store().value()))
                .map(whole -> new DoubtedCopy(
                        snapshot.id(),
                        doubted,
                        whole,
                        secrecy(ledger, doubted) == TakePlan.Secrecy.ENCRYPTED
                                ? TakePlan.Secrecy.ENCRYPTED
                                : secrecy(ledger, whole)));
    }

    private static TakePlan.Secrecy secrecy(ChainLedger ledger, List<LayerId> line) {
        return LayerFiles.isEncrypted(ledger.transaction(), line) ? TakePlan.Secrecy.ENCRYPTED : TakePlan.Secrecy.PLAIN;
    }

    /** Returns the lines of the copies that were whole once, and whose layer is in a state now. */
    private static Stream<List<LayerId>> copies(ChainLedger ledger, LogicalSnapshot snapshot, Layer.State state) {
        return snapshot.replicas().values().stream()
                .filter(copy -> copy.state() == Replica.State.READY)
                .map(Replica::layer)
                .filter(isIn(ledger, state))
                .map(ledger::line);
    }

    private static Predicate<LayerId> isIn(ChainLedger ledger, Layer.State state) {
        return layer -> ledger.graph()
                .layer(layer)
                .filter(known -> known.state() == state)
                .isPresent();
    }

    static Optional<DoubtedCopy> of(Facts evidence) {
        return evidence.find("snapshot")
                .map(id -> new DoubtedCopy(
                        new SnapshotId(id),
                        line(evidence, "doubted"),
                        line(evidence, "whole"),
                        TakePlan.Secrecy.valueOf(evidence.text("secrecy"))));
    }

    private static List<LayerId> line(Facts evidence, String which) {
        PoolId store = new PoolId(evidence.text(which + "-store"));
        return Arrays.stream(evidence.text(which).split(" ", -1))
                .map(name -> new LayerId(store, name))
                .toList();
    }

    private Facts facts() {
        return Facts.of("snapshot", snapshot)
                .with("doubted-store", doubted.get(0).store())
                .with("doubted", names(doubted))
                .with("whole-store", whole.get(0).store())
                .with("whole", names(whole))
                .with("secrecy", secrecy);
    }

    private static String names(List<LayerId> line) {
        return line.stream().map(LayerId::name).collect(Collectors.joining(" "));
    }

    /** Returns what no other doubted copy of the chain is called. */
    String name() {
        return snapshot + " in " + doubted.get(0).store();
    }

    List<List<LayerId>> lines() {
        return List.of(doubted, whole);
    }

    /**
     * Notes that what is read of the copy is what the snapshot holds. A layer on which a snapshot lives is proved by that snapshot alone, as what
     * others lay over it hides; what is kept for others is proved by them.
     *
     * @return whether the copy counts again; it does not as long as it stands on one that was not proved, or if it is another one by now
     */
    boolean prove(ChainLedger ledger) {
        boolean isStill = copies(ledger, ledger.graph().snapshot(snapshot).orElseThrow(), Layer.State.UNUSABLE)
                .anyMatch(doubted::equals);
        boolean standsOnProved = doubted.stream()
                .skip(1)
                .filter(isIn(ledger, Layer.State.UNUSABLE))
                .allMatch(below -> ledger.graph().snapshotsOn(below).isEmpty()
                        && ledger.graph().volumesOn(below).isEmpty());
        if (!isStill || !standsOnProved) {
            return false;
        }
        for (int i = doubted.size() - 1; i >= 0; i--) {
            ledger.found(doubted.get(i));
        }
        return true;
    }
}
