package io.hvkit.scaleio.internal.pool;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.SnapshotId;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.Snapshot;
import io.hvkit.storage.spi.Snapshots;
import io.hvkit.storage.spi.Volume;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Snapshots of the pool's volumes. Names are the whole array's there, so that a snapshot's bears its volume's id: by it the two are
 * paired, never by the order in which an answer lists them.
 */
final class ArraySnapshots implements Snapshots {

    private static final int MARK = 2;
    private static final int SHORTENED = 11;
    private static final int LONGEST = Names.LONGEST - MARK - SHORTENED;
    private static final Pattern SPELLING = Pattern.compile("[!-~]{1," + LONGEST + "}");
    private static final Pattern OURS = Pattern.compile("[eqs]![A-Za-z0-9_-]{" + SHORTENED + "}[!-~]+");

    private final ArrayCalls calls;
    private final ArrayVolumes volumes;
    private final Uses uses;

    ArraySnapshots(ArrayCalls calls, ArrayVolumes volumes, Uses uses) {
        this.calls = calls;
        this.volumes = volumes;
        this.uses = uses;
    }

    @Override
    public Snapshot take(VolumeId volume, String name) throws InterruptedException {
        check(name);
        ArrayVolume source = volumes.require(volume);
        String full = mark(source) + name;
        Optional<ArrayVolume> present = calls.named(full);
        if (present.isEmpty()) {
            calls.snapshot(source.id(), List.of(full));
            present = calls.named(full);
        }
        return present.map(ArraySnapshots::snapshot)
                .orElseThrow(() -> DriverException.because(Failure.OPERATION_PENDING)
                        .message("snapshot %s of volume %s is not shown by the array; ask again", name, volume));
    }

    static void check(String name) {
        if (!SPELLING.matcher(name).matches()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message(
                            "a PowerFlex snapshot's name has 1 to %d visible ASCII characters and no blank, unlike '%s'",
                            LONGEST, name);
        }
    }

    @Override
    public Optional<Snapshot> find(SnapshotId id) throws InterruptedException {
        return look(id).map(ArraySnapshots::snapshot);
    }

    /** Returns a snapshot as the array has it. */
    Optional<ArrayVolume> look(SnapshotId id) throws InterruptedException {
        return Names.isId(id.value())
                ? calls.volume(id.value())
                        .filter(volumes::isInPool)
                        .filter(one -> OURS.matcher(one.name()).matches())
                : Optional.empty();
    }

    @Override
    public List<Snapshot> list(VolumeId volume) throws InterruptedException {
        Optional<ArrayVolume> source = volumes.look(volume);
        return source.isPresent() ? of(source.get()) : List.of();
    }

    /** Returns the snapshots of a volume, oldest first. */
    List<Snapshot> of(ArrayVolume volume) throws InterruptedException {
        String mark = mark(volume);
        return calls.ofTree(volume.place().tree()).stream()
                .filter(one -> one.name().startsWith(mark))
                .sorted(Comparator.comparingLong(
                                (ArrayVolume one) -> one.origin().created())
                        .thenComparing(ArrayVolume::id))
                .map(ArraySnapshots::snapshot)
                .toList();
    }

    @Override
    public Volume revert(SnapshotId id) throws InterruptedException {
        GroupRevert.Step step = step(id);
        calls.overwrite(step.volume().id(), step.snapshot().id());
        return volumes.require(new VolumeId(step.volume().id())).asVolume();
    }

    /** Returns what is to become what, if it can. */
    GroupRevert.Step step(SnapshotId id) throws InterruptedException {
        ArrayVolume snapshot = look(id).orElseThrow(() -> missing(id));
        VolumeId source = snapshot(snapshot).volume();
        ArrayVolume volume = volumes.require(source);
        uses.requireNone(volume, source);
        if (!snapshot.size().equals(volume.size())) {
            throw DriverException.because(Failure.UNSUPPORTED)
                    .message(
                            "volume %s has grown from %s to %s since snapshot %s was taken, and no volume is ever made smaller;"
                                    + " clone the snapshot instead",
                            source, snapshot.size(), volume.size(), id);
        }
        return new GroupRevert.Step(snapshot, volume);
    }

    static DriverException missing(SnapshotId id) {
        return DriverException.because(Failure.NOT_FOUND).message("there is no snapshot %s", id);
    }

    @Override
    public void delete(SnapshotId id) throws InterruptedException {
        Optional<ArrayVolume> snapshot = look(id);
        if (snapshot.isPresent()) {
            calls.remove(snapshot.get().id());
        }
    }

    static String mark(ArrayVolume volume) {
        return Layout.of(volume.format()).snapshotMark() + Names.shortened(volume.id());
    }

    /** Returns how the bytes of a snapshot are laid out. */
    static ImageFormat formatOf(ArrayVolume snapshot) {
        return Layout.ofSnapshot(snapshot.name()).format();
    }

    static Snapshot snapshot(ArrayVolume one) {
        int end = MARK + SHORTENED;
        String volume = Names.lengthened(one.name().substring(MARK, end));
        return new Snapshot(
                new SnapshotId(one.id()),
                one.name().substring(end),
                new VolumeId(volume),
                Sizes.ofMachine(one.size(), formatOf(one)));
    }
}
