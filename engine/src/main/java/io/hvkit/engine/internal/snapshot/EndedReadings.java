package io.hvkit.engine.internal.snapshot;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.OperationRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.ReplicaRecord;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.core.HostId;
import io.hvkit.core.VolumeId;
import io.hvkit.engine.internal.volume.Ground;
import io.hvkit.storage.spi.chain.LayerId;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Readings whose operation has ended and could not let go, since its store or host did not answer then. Its host gives back first what it
 * has of them; then nothing keeps the layers for it any more. A reading has the id of the operation that reads.
 */
final class EndedReadings {

    private static final String READER = "reader";

    private final Ground ground;
    private final LayerFiles files;

    EndedReadings(Ground ground) {
        this.ground = ground;
        this.files = new LayerFiles(ground);
    }

    /**
     * Returns one, as evidence; none as long as somebody reads or copies the chain, whose host may be the same.
     *
     * @param tried those that were tried before
     */
    static Optional<Facts> next(Transaction transaction, ChainKey chain, Set<VolumeId> tried) {
        ChainLedger ledger = ChainLedger.of(transaction, chain.id());
        boolean isQuiet = isQuietBut(ledger, Optional.empty());
        return ledger.readings().keySet().stream()
                .filter(reader -> isQuiet && !tried.contains(reader))
                .findFirst()
                .map(reader -> Facts.of(READER, reader));
    }

    /** Returns whether nobody reads or copies the chain, but for one who asks. */
    static boolean isQuietBut(ChainLedger ledger, Optional<VolumeId> own) {
        return ledger.readings().keySet().stream()
                        .filter(reader -> !own.equals(Optional.of(reader)))
                        .allMatch(reader -> operation(ledger.transaction(), reader)
                                .map(known -> known.state().isEnded())
                                .orElse(true))
                && ledger.replicas().values().stream()
                        .noneMatch(replica -> replica.state() == ReplicaRecord.State.CREATING);
    }

    /** Returns the one that evidence names, if it names one. */
    static Optional<VolumeId> reader(Facts evidence) {
        return evidence.find(READER).map(VolumeId::new);
    }

    private static Optional<OperationRecord> operation(Transaction transaction, VolumeId reader) {
        return transaction.journal().find(new RecordId<>(reader.value()));
    }

    /** What a reader that has ended left with a host. */
    private record Left(Optional<HostId> host, List<LayerId> line) {}

    /** Takes from its host what it had of the chain; does nothing if the reading is gone, or nobody knows the host any more. */
    Facts giveBack(ChainKey chain, VolumeId reader) throws InterruptedException {
        Optional<Left> left = ground.catalog().inTransaction(transaction -> left(transaction, chain, reader));
        Optional<HostId> host = left.flatMap(Left::host);
        if (left.isPresent() && host.isPresent()) {
            for (LayerId layer : left.get().line()) {
                files.detach(layer, host.get());
            }
        }
        return Facts.of(READER, reader).with("host", host);
    }

    private static Optional<Left> left(Transaction transaction, ChainKey chain, VolumeId reader) {
        ChainLedger ledger = ChainLedger.of(transaction, chain.id());
        Optional<HostId> host =
                operation(transaction, reader).flatMap(EndedReadings::host).map(HostId::new);
        return ledger.graph()
                .volume(reader)
                .flatMap(volume -> volume.reads().stream().findFirst())
                .map(top -> new Left(host, ledger.line(top)));
    }

    /** Restores and captures choose a host in a step of its own, reverts in their plan. */
    private static Optional<String> host(OperationRecord reader) {
        return reader.step("worker")
                .flatMap(step -> step.evidence().find("host"))
                .or(() -> reader.step("plan").flatMap(step -> step.evidence().find("worker")));
    }

    /** Lets go of the layers. */
    void release(Transaction transaction, ChainKey chain, VolumeId reader) {
        ChainLedger ledger = ChainLedger.of(transaction, chain.id());
        ledger.withoutVolume(reader);
        ChainWriting.write(ledger, ground);
    }
}
