package io.hvkit.kvm.internal.machine;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.hypervisor.spi.DiskMerge;
import io.hvkit.hypervisor.spi.MergeSight;
import io.hvkit.hypervisor.spi.MergeSight.State;
import io.hvkit.kvm.internal.libvirt.LibvirtConnection;
import io.hvkit.kvm.internal.libvirt.LibvirtDomain;
import io.hvkit.kvm.internal.libvirt.LibvirtException;
import io.hvkit.kvm.internal.libvirt.LibvirtSession;
import io.hvkit.kvm.internal.xml.DiskXml;
import io.hvkit.kvm.internal.xml.MachineXml;
import io.hvkit.kvm.internal.xml.Place;
import io.hvkit.qemu.QemuImg;
import java.util.Optional;

/** One look at where the merge of a disk stands: at the domain first, and at the images where that cannot say. */
final class MergeLook {

    private final LibvirtSession session;
    private final Optional<QemuImg> tools;
    private final String machine;
    private final DiskMerge merge;
    private final Place overlay;
    private final Place into;

    MergeLook(LibvirtSession session, Optional<QemuImg> tools, MachineId machine, DiskMerge merge) {
        this.session = session;
        this.tools = tools;
        this.machine = machine.value();
        this.merge = merge;
        DiskXml.require(merge.disk());
        this.overlay = Place.of(merge.disk().attachment());
        this.into = Place.of(merge.into().attachment());
    }

    /**
     * A domain as it was seen.
     *
     * @param now as it runs; as it is remembered, if it does not
     * @param next as it is remembered, if it is
     * @param runs whether it runs
     */
    private record Seen(MachineXml now, Optional<MachineXml> next, boolean runs) {}

    private record Finding(State state, String evidence) {}

    MergeSight run() throws InterruptedException {
        Seen seen = session.ask("look at the merge of disk " + merge.disk().volume() + " of " + machine, this::see);
        Finding found = judge(seen);
        boolean isAhead = found.state == State.UNMERGED || found.state == State.BEGUN;
        return new MergeSight(merge, found.state, isAhead ? growth() : Optional.empty(), found.evidence);
    }

    private Seen see(LibvirtConnection connection) throws LibvirtException {
        try (LibvirtDomain domain = connection.find(machine).orElseThrow(this::absent)) {
            return new Seen(
                    MachineXml.read(domain.xml()),
                    domain.isPersistent() ? Optional.of(MachineXml.read(domain.rememberedXml())) : Optional.empty(),
                    domain.state().isActive());
        } catch (LibvirtException e) {
            if (e.saysAbsent()) {
                throw absent();
            }
            throw e;
        }
    }

    private Finding judge(Seen seen) throws InterruptedException {
        Optional<DiskXml> top = seen.now.disk(merge.disk().volume());
        if (top.isPresent()) {
            return liesOver(top.get()) ? ofUnmerged(seen, top.get()) : elsewhere(top.get());
        }
        Optional<DiskXml> below =
                seen.now.disk(merge.into().volume()).filter(disk -> disk.place().equals(into));
        return below.isPresent() && seen.now.isMerging(overlay, into)
                ? ofSwitched(seen, below.get())
                : new Finding(
                        State.FOREIGN,
                        "the machine has no disk " + merge.disk().volume() + ", and no note of a merge of it");
    }

    private boolean liesOver(DiskXml disk) {
        return disk.place().equals(overlay)
                && !disk.layers().isEmpty()
                && disk.layers().get(0).place().equals(into);
    }

    private static Finding elsewhere(DiskXml disk) {
        return new Finding(
                State.FOREIGN,
                disk.target() + " is at " + disk.place() + " over "
                        + disk.places().subList(1, disk.places().size()));
    }

    private Finding ofUnmerged(Seen seen, DiskXml disk) throws InterruptedException {
        String where = disk.target() + " lies over " + into;
        if (disk.mirror().isPresent()) {
            return ofJob(disk, disk.mirror().get());
        }
        if (!seen.now.isMerging(overlay, into)) {
            return new Finding(State.UNMERGED, where);
        }
        if (seen.runs || !seen.now.isSwitching(overlay, into)) {
            return new Finding(State.BEGUN, where + ", a merge is noted, and no job runs");
        }
        return Doubt.of(tools, merge)
                .map(doubt -> new Finding(State.UNDECIDED, doubt))
                .orElseGet(() -> new Finding(
                        State.COMPLETE, "the machine ended while it was being switched, and both hold the same disk"));
    }

    private static Finding ofJob(DiskXml disk, DiskXml.Mirror mirror) {
        if (mirror.purpose() != DiskXml.Purpose.MERGE) {
            return new Finding(State.FOREIGN, disk.target() + " is on its way to " + mirror.place());
        }
        return switch (mirror.readiness()) {
            case COPYING, ABORTING -> new Finding(State.COPYING, "a job copies to " + mirror.place());
            case READY -> new Finding(State.READY, "a job has copied all to " + mirror.place());
            case PIVOTING -> new Finding(State.READY, "the machine is being switched to " + mirror.place());
        };
    }

    private Finding ofSwitched(Seen seen, DiskXml disk) {
        boolean otherNext = seen.next
                .flatMap(next -> next.diskAt(disk.target()))
                .filter(remembered -> !remembered.place().equals(into))
                .isPresent();
        if (otherNext) {
            return new Finding(State.COMPLETE, "the machine has " + into + ", and the host remembers the overlay");
        }
        return Leftovers.of(seen.now).places().contains(overlay)
                ? new Finding(State.COMPLETE, "the machine has " + into + ", and the host still knows the overlay")
                : new Finding(State.MERGED, "the machine has " + into);
    }

    private Optional<ByteSize> growth() throws InterruptedException {
        return tools.isPresent() ? MergeImages.growth(tools.get(), merge) : Optional.empty();
    }

    private DriverException absent() {
        return DriverException.because(Failure.NOT_FOUND).message("the host knows no machine %s", machine);
    }
}
