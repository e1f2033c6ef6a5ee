package io.hvkit.kvm.internal.machine;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.hypervisor.spi.DiskMerge;
import io.hvkit.kvm.internal.libvirt.LibvirtDomain;
import io.hvkit.kvm.internal.libvirt.LibvirtException;
import io.hvkit.kvm.internal.libvirt.LibvirtSession;
import io.hvkit.kvm.internal.xml.DiskXml;
import io.hvkit.kvm.internal.xml.MachineXml;
import io.hvkit.kvm.internal.xml.MergeNote;
import io.hvkit.kvm.internal.xml.Place;
import io.hvkit.qemu.QemuImg;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether a machine that ended while it was being switched had been. What the host remembers may be older than that. If both layers
 * hold the same disk it does not matter; if not, the guest may have written to the layer below, which a start or a merge of the overlay
 * would spoil.
 */
final class Doubt {

    private static final Logger LOG = LoggerFactory.getLogger(Doubt.class);

    private Doubt() {}

    /** Returns what speaks against going on with either layer; nothing if both hold the same disk. Reads all of it. */
    static Optional<String> of(Optional<QemuImg> tools, DiskMerge merge) throws InterruptedException {
        String ended = "the machine ended while it was being switched to "
                + merge.into().volume();
        if (tools.isEmpty()) {
            return Optional.of(
                    ended + ", and the disks are on another host than this program, which cannot compare them");
        }
        return tools.get()
                .compare(MergeImages.image(merge.into()), MergeImages.image(merge.disk()))
                .match(
                        same -> Optional.empty(),
                        differ -> Optional.of(
                                ended + ", and they differ at byte " + differ.offset() + lastWritten(merge)),
                        sizes -> Optional.of(ended + ", and one has " + sizes.first() + ", the other " + sizes.second()
                                + lastWritten(merge)));
    }

    /** A hint for people: a machine that was switched writes to the layer alone. */
    private static String lastWritten(DiskMerge merge) {
        Path layer = Path.of(Place.of(merge.into().attachment()).path());
        Path overlay = Path.of(Place.of(merge.disk().attachment()).path());
        if (!Files.isRegularFile(layer) || !Files.isRegularFile(overlay)) {
            return "";
        }
        try {
            return "; the layer was last written at " + Files.getLastModifiedTime(layer) + ", the overlay at "
                    + Files.getLastModifiedTime(overlay);
        } catch (IOException e) {
            LOG.debug("cannot see when {} and {} were last written", layer, overlay, e);
            return "";
        }
    }

    /** Refuses to do anything with a stopped machine that was being switched. */
    static void requireNone(MachineXml remembered) {
        remembered.metadata().merges().stream()
                .filter(merge -> merge.phase() == MergeNote.Phase.SWITCHING && isOnTop(remembered, merge))
                .findFirst()
                .ifPresent(merge -> {
                    throw refused(
                            "machine " + remembered.name() + " ended while its disk at " + merge.overlay()
                                    + " was being switched to " + merge.into(),
                            "look at the merge, and merge again or settle it");
                });
    }

    /**
     * Notes of a machine that runs on, and no job does, that it was not switched, or was, and the host remembers it so: found stopped later, or
     * with something else in the overlay's place, it is not doubted.
     */
    static void dispel(LibvirtSession session, DomainNotes notes, CopyTask task) throws InterruptedException {
        if (task.purpose() != DiskXml.Purpose.MERGE) {
            return;
        }
        try {
            session.change("note that the " + task + " is over", connection -> {
                Optional<LibvirtDomain> found = connection.find(task.machine());
                if (found.isPresent()) {
                    try (LibvirtDomain domain = found.get()) {
                        if (domain.state().isActive() && isDecided(domain, task)) {
                            notes.change(domain, before -> before.merging(task.source(), task.target()));
                        }
                    }
                }
                return task;
            });
        } catch (DriverException e) {
            LOG.warn("the {} is over, and the host still has a note that it may have succeeded", task, e);
        }
    }

    private static boolean isDecided(LibvirtDomain domain, CopyTask task) throws LibvirtException {
        MachineXml running = MachineXml.read(domain.xml());
        if (!running.isSwitching(task.source(), task.target())) {
            return false;
        }
        return isAt(running, task, task.source())
                || (isAt(running, task, task.target())
                        && (!domain.isPersistent()
                                || isAt(MachineXml.read(domain.rememberedXml()), task, task.target())));
    }

    private static boolean isAt(MachineXml machine, CopyTask task, Place place) {
        return machine.diskAt(task.disk())
                .filter(disk -> disk.mirror().isEmpty() && disk.place().equals(place))
                .isPresent();
    }

    private static boolean isOnTop(MachineXml remembered, MergeNote merge) {
        return remembered.disks().stream()
                .map(DiskXml::places)
                .anyMatch(places -> places.get(0).equals(merge.overlay())
                        && (places.size() == 1
                                ? !remembered.uses(merge.into()) // or something else came to the overlay's place
                                : places.get(1).equals(merge.into())));
    }

    /** Returns the failure of what waits until the doubt is settled. */
    static DriverException refused(String why, String wayOut) {
        return DriverException.because(Failure.HOST_NOT_READY)
                .effect(Effect.NOT_APPLIED)
                .message("%s, so either may hold what the guest wrote last; %s", why, wayOut);
    }
}
