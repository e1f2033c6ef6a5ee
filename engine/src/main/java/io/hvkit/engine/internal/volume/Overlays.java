package io.hvkit.engine.internal.volume;

import io.hvkit.catalog.spi.MachineDiskRecord;
import io.hvkit.catalog.spi.MachineDiskRecord.Overlay;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import java.util.List;
import java.util.Optional;

/** What the catalog knows to lie over volumes. A volume below an overlay is not what its machine has, and is left alone. */
public final class Overlays {

    private Overlays() {}

    /** Returns what lies over a volume, the lowest first. */
    public static List<Overlay> over(Transaction transaction, RecordId<VolumeRecord> volume) {
        return disk(transaction, volume).map(MachineDiskRecord::overlays).orElse(List.of());
    }

    /** Writes down what lies over a volume, if that is something else than is known. */
    public static void keep(Transaction transaction, RecordId<VolumeRecord> volume, List<Overlay> overlays) {
        disk(transaction, volume)
                .filter(known -> !known.overlays().equals(overlays))
                .ifPresent(known -> transaction.machineDisks().update(known.under(overlays)));
    }

    /**
     * Looks that nothing lies over a volume.
     *
     * @throws DriverException with {@code IN_USE}, naming the overlay, the machine and the way out
     */
    public static void requireNone(Transaction transaction, RecordId<VolumeRecord> volume) {
        List<Overlay> overlays = over(transaction, volume);
        if (!overlays.isEmpty()) {
            MachineDiskRecord disk = disk(transaction, volume).orElseThrow();
            throw refused(
                    transaction.machines().require(disk.machine()).name(),
                    transaction.volumes().require(volume),
                    overlays);
        }
    }

    /** Says that a volume is left alone, since it lies below an overlay, and what to do. */
    public static DriverException refused(String machine, VolumeRecord volume, List<Overlay> overlays) {
        return DriverException.because(Failure.IN_USE)
                .effect(Effect.NOT_APPLIED)
                .message(
                        "machine %s has %s over volume %s (%s), so the volume alone is not what the machine has; merge it first, by"
                                + " machines().merge(...) while the machine runs",
                        machine, text(overlays.get(overlays.size() - 1)), volume.name(), volume.id());
    }

    /**
     * Looks that it is known whether each overlay of a disk is what the machine had last.
     *
     * @throws DriverException with {@code HOST_NOT_READY}, naming what to compare and how to say which it is
     */
    public static void requireKnown(Transaction transaction, RecordId<VolumeRecord> volume) {
        for (Overlay overlay : over(transaction, volume)) {
            if (overlay.state() != Overlay.State.LAID) {
                throw DriverException.because(Failure.HOST_NOT_READY)
                        .effect(Effect.NOT_APPLIED)
                        .message(
                                "machine %s is not started: volume %s (%s): %s",
                                transaction
                                        .machines()
                                        .require(disk(transaction, volume)
                                                .orElseThrow()
                                                .machine())
                                        .name(),
                                transaction.volumes().require(volume).name(),
                                volume,
                                repair(overlay));
            }
        }
    }

    /** Returns what to do about an overlay of which nobody knows whether a machine that is off had it last. */
    public static String repair(Overlay overlay) {
        String what = overlay.state() == Overlay.State.MERGING
                ? " was to be merged into what is below it, and the machine ended before anybody saw whether it was;"
                        + " compare the two: if they hold the same, settle(..., LAYER) is right, else LAYER if the machine"
                        + " was switched to what is below, and OVERLAY if not"
                : " was to be laid, and the machine ended before anybody saw whether it was; settle(..., OVERLAY) is right unless"
                        + " the overlay is no image over the volume";
        return text(overlay) + what;
    }

    /** Names an overlay, and where it is. */
    public static String text(Overlay overlay) {
        return "overlay " + overlay.disk() + " at "
                + overlay.place().match(device -> device.path(), file -> file.path(), remote -> remote.uri());
    }

    private static Optional<MachineDiskRecord> disk(Transaction transaction, RecordId<VolumeRecord> volume) {
        return transaction.machineDisks().where(MachineDiskRecord.VOLUME, volume).stream()
                .findAny();
    }
}
