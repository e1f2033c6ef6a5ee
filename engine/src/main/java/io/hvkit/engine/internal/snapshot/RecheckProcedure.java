package io.hvkit.engine.internal.snapshot;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.SnapshotRecord;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.DriverException;
import io.hvkit.core.HostFeature;
import io.hvkit.core.HostId;
import io.hvkit.core.ProgressListener;
import io.hvkit.engine.internal.operation.Procedure;
import io.hvkit.engine.internal.operation.Run;
import io.hvkit.engine.internal.operation.Step;
import io.hvkit.engine.internal.volume.Ground;
import io.hvkit.storage.spi.EndPointQuery;
import io.hvkit.storage.spi.Images;
import io.hvkit.storage.spi.chain.LayerId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks again at copies of a volume's snapshots that are known not to be readable: one that holds what another copy of its snapshot does, to
 * the last byte, counts again. Of one that cannot be compared nothing is said, and it stays as it is.
 */
public final class RecheckProcedure implements Procedure<RecordId<VolumeRecord>, List<RecordId<SnapshotRecord>>> {

    private static final Logger LOG = LoggerFactory.getLogger(RecheckProcedure.class);
    private static final String READABLE = "readable";

    private final Ground ground;
    private final LayerFiles files;
    private final CopyProbe probe;

    /** Makes it. */
    public RecheckProcedure(Ground ground) {
        this.ground = ground;
        this.files = new LayerFiles(ground);
        this.probe = new CopyProbe(ground);
    }

    @Override
    public String kind() {
        return "snapshot.recheck";
    }

    @Override
    public Facts facts(RecordId<VolumeRecord> volume) {
        return Facts.of("volume", volume);
    }

    @Override
    public RecordId<VolumeRecord> request(Facts facts) {
        return new RecordId<>(facts.text("volume"));
    }

    /** Nothing that is looked at is tidied up meanwhile. */
    @Override
    public SortedSet<String> objects(RecordId<VolumeRecord> volume) {
        return new TreeSet<>(Set.of("chain:" + volume));
    }

    @Override
    public Facts run(RecordId<VolumeRecord> volume, Run run) throws InterruptedException {
        ChainKey chain = ChainKey.of(volume);
        Set<String> tried = new HashSet<>();
        List<String> readable = new ArrayList<>();
        Optional<DoubtedCopy> next = next(1, chain, tried, run);
        for (int number = 1; next.isPresent(); number++) {
            DoubtedCopy copy = next.get();
            if (isProved(number, copy, run)) {
                Facts noted = run.step(Step.recorded("note-" + number, transaction -> note(transaction, chain, copy)));
                noted.find(READABLE).ifPresent(readable::add);
            }
            tried.add(copy.name());
            next = next(number + 1, chain, tried, run);
        }
        return readable.isEmpty() ? Facts.NONE : Facts.of(READABLE, String.join(" ", new TreeSet<>(readable)));
    }

    private static Optional<DoubtedCopy> next(int number, ChainKey chain, Set<String> tried, Run run)
            throws InterruptedException {
        Set<String> before = Set.copyOf(tried);
        return DoubtedCopy.of(run.step(Step.recorded(
                "find-" + number, transaction -> DoubtedCopy.next(ChainLedger.of(transaction, chain.id()), before))));
    }

    private boolean isProved(int number, DoubtedCopy copy, Run run) throws InterruptedException {
        Facts chosen = run.step(Step.of("host-" + number, () -> host(copy)));
        Optional<RecordId<HostRecord>> host = chosen.find("host").map(RecordId::new);
        if (host.isEmpty()) {
            return false;
        }
        Facts compared = run.step(Step.of("compare-" + number, () -> compare(copy, host.get(), run.progress()))
                .undoneBy(evidence -> probe.giveBack(copy.lines(), host.get())));
        return Boolean.parseBoolean(compared.text("equal"));
    }

    private Facts host(DoubtedCopy copy) throws InterruptedException {
        EndPointQuery query = ground.workIn(LayerFiles.poolOf(copy.doubted().get(0)))
                .reaching(copy.whole().get(0).store())
                .needing(HostFeature.QEMU_IMG);
        query = copy.secrecy() == TakePlan.Secrecy.ENCRYPTED ? query.needing(HostFeature.VOLUME_ENCRYPTION) : query;
        try {
            return Facts.of("host", ground.choose(query, "compare the copies of snapshot " + copy.snapshot()));
        } catch (DriverException e) {
            LOG.warn("{} is not looked at: no host reaches it and another copy", copy.name(), e);
            return Facts.NONE;
        }
    }

    /** Whatever keeps the two from being read proves nothing. */
    private Facts compare(DoubtedCopy copy, RecordId<HostRecord> host, ProgressListener listener)
            throws InterruptedException {
        try {
            return Facts.of("equal", areEqual(copy, host, listener));
        } catch (DriverException e) {
            LOG.warn("{} stays unreadable", copy.name(), e);
            return Facts.of("equal", false);
        } finally {
            probe.giveBack(copy.lines(), host);
        }
    }

    private boolean areEqual(DoubtedCopy copy, RecordId<HostRecord> host, ProgressListener listener)
            throws InterruptedException {
        for (LayerId layer : copy.doubted()) {
            if (files.find(layer).isEmpty()) {
                return false;
            }
        }
        Images images = ground.endPoint(host).images();
        HostId id = new HostId(host.value());
        boolean[] areEqual = {false};
        files.with(
                copy.doubted(),
                id,
                doubted -> files.with(
                        copy.whole(),
                        id,
                        whole -> areEqual[0] =
                                !images.isIncomplete(doubted) && images.areEqual(doubted, whole, listener)));
        return areEqual[0];
    }

    private Facts note(Transaction transaction, ChainKey chain, DoubtedCopy copy) {
        ChainLedger ledger = ChainLedger.of(transaction, chain.id());
        boolean counts = ledger.graph().snapshot(copy.snapshot()).isPresent() && copy.prove(ledger);
        if (!counts) {
            return Facts.NONE;
        }
        ChainWriting.write(ledger, ground);
        return Facts.of(READABLE, copy.snapshot());
    }

    @Override
    public List<RecordId<SnapshotRecord>> result(RecordId<VolumeRecord> volume, Facts result) {
        return result.find(READABLE).stream()
                .flatMap(all -> Arrays.stream(all.split(" ", -1)))
                .map(RecordId<SnapshotRecord>::new)
                .toList();
    }
}
