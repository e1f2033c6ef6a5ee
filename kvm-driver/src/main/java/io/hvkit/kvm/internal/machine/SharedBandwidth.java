package io.hvkit.kvm.internal.machine;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.hypervisor.spi.DiskMove;
import io.hvkit.kvm.internal.libvirt.LibvirtDisk;
import io.hvkit.kvm.internal.libvirt.LibvirtDomain;
import io.hvkit.kvm.internal.libvirt.LibvirtException;
import io.hvkit.kvm.internal.libvirt.LibvirtSession;
import io.hvkit.kvm.internal.xml.DiskXml;
import io.hvkit.kvm.internal.xml.MachineXml;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What the moves of each machine's disks may copy in a second together: each an equal part, which becomes larger when another one ends.
 * Moves of which nobody here knows whether they share, since a leader that is gone began them, are counted and left as they are: together
 * they are never faster than the limit while one after the other is taken over. For any number of threads.
 */
final class SharedBandwidth {

    /** libvirt takes nothing for no limit, so that it must never be a part. */
    private static final long LEAST = 1;

    private final LibvirtSession session;
    private final Map<String, Machine> machines = new HashMap<>();

    /** The moves of one machine that are led here, by disk. */
    private static final class Machine {
        private final Map<String, Member> members = new HashMap<>();
        private long limit;
        private int strangers;

        private long sharing() {
            return members.values().stream().filter(member -> member.shares).count();
        }

        private long part() {
            return Math.max(LEAST, limit / Math.max(1, sharing() + strangers));
        }
    }

    private static final class Member {
        private final DiskCopyJob job;
        private final boolean shares;
        private long told = -1;

        Member(DiskCopyJob job, boolean shares) {
            this.job = job;
            this.shares = shares;
        }
    }

    /** What a disk's copy is to be told. */
    private record Due(DiskCopyJob job, long part) {}

    SharedBandwidth(LibvirtSession session) {
        this.session = session;
    }

    /**
     * Counts a move that is about to begin, once those that it shares with have made room, and returns how much it may copy in a second: 0
     * for no limit.
     */
    long begin(LibvirtDomain domain, DiskCopyJob job, DiskMove move) throws LibvirtException {
        takeOver(job, move);
        if (move.sharedBandwidth().isEmpty()) {
            return move.bandwidth().map(ByteSize::bytes).orElse(0L);
        }
        String machine = job.task().machine();
        look(machine, MachineXml.read(domain.xml()));
        long part = told(job);
        tell(domain, machine);
        return part;
    }

    /**
     * Counts a move that runs; if it shares, its limit is that of all who share from now on, and they are told when they are looked at.
     *
     * @throws DriverException with {@code OPERATION_PENDING}, and nothing changed, if the move is led here and shares a limit while the
     *     request does not, or the other way round: those that share would be told parts that no longer add up to their limit
     */
    synchronized void takeOver(DiskCopyJob job, DiskMove move) {
        Optional<ByteSize> limit = move.sharedBandwidth();
        Optional<Member> present = Optional.ofNullable(machines.get(job.task().machine()))
                .map(machine -> machine.members.get(job.task().disk()))
                .filter(member -> member.job == job);
        if (present.filter(member -> member.shares != limit.isPresent()).isPresent()) {
            throw DriverException.because(Failure.OPERATION_PENDING)
                    .effect(Effect.NOT_APPLIED)
                    .message(
                            "%s runs and %s; ask for it so again, or cancel it first",
                            job.task(),
                            limit.isPresent()
                                    ? "shares no limit with other moves, as sharing(" + limit.get() + ") would have it"
                                    : "shares a limit with the other moves of its machine, which the request does not");
        }
        Machine machine = machines.computeIfAbsent(job.task().machine(), absent -> new Machine());
        limit.ifPresent(most -> machine.limit = most.bytes());
        if (present.isEmpty()) {
            machine.members.put(job.task().disk(), new Member(job, limit.isPresent()));
        }
    }

    /** Counts a move no longer; its part is that of the others. */
    synchronized void leave(DiskCopyJob job) {
        Machine machine = machines.get(job.task().machine());
        if (machine != null) {
            machine.members.values().removeIf(member -> member.job == job);
            if (machine.members.isEmpty()) {
                machines.remove(job.task().machine());
            }
        }
    }

    /** Tells the moves of a machine what their parts are now. */
    void divide(String machine) throws InterruptedException {
        if (isShared(machine)) {
            session.ask("look which disks of machine " + machine + " move", connection -> {
                Optional<LibvirtDomain> found = connection.find(machine);
                if (found.isPresent()) {
                    try (LibvirtDomain domain = found.get()) {
                        look(machine, MachineXml.read(domain.xml()));
                    }
                }
                return machine;
            });
        }
        if (!due(machine).isEmpty()) {
            session.change("divide what the moves of machine " + machine + " may copy", connection -> {
                Optional<LibvirtDomain> found = connection.find(machine);
                if (found.isPresent()) {
                    try (LibvirtDomain domain = found.get()) {
                        tell(domain, machine);
                    }
                }
                return machine;
            });
        }
    }

    private synchronized boolean isShared(String machine) {
        return Optional.ofNullable(machines.get(machine))
                .filter(known -> known.sharing() > 0)
                .isPresent();
    }

    /** Counts the moves that are not led here. */
    private synchronized void look(String machine, MachineXml xml) {
        Machine known = machines.get(machine);
        if (known != null) {
            known.strangers = Math.toIntExact(xml.disks().stream()
                    .filter(SharedBandwidth::isMoved)
                    .filter(disk -> !known.members.containsKey(disk.target()))
                    .count());
        }
    }

    private static boolean isMoved(DiskXml disk) {
        return disk.mirror()
                .filter(mirror -> mirror.purpose() == DiskXml.Purpose.MOVE)
                .isPresent();
    }

    /** One that has just ended, or is about to begin, cannot be told; if it runs all the same, it is told at the next look. */
    private void tell(LibvirtDomain domain, String machine) throws LibvirtException {
        for (Due due : due(machine)) {
            LibvirtDisk disk = domain.disk(due.job.task().disk());
            try {
                if (disk.job().isPresent()) {
                    disk.limitJob(due.part);
                    told(due.job, due.part);
                }
            } catch (LibvirtException e) {
                if (e.saysUnreachable() || isCopying(domain, due.job)) {
                    throw e;
                }
            }
        }
    }

    /** One that is being switched, or given up, takes no limit any more. */
    private static boolean isCopying(LibvirtDomain domain, DiskCopyJob job) throws LibvirtException {
        return MachineXml.read(domain.xml())
                .diskAt(job.task().disk())
                .filter(SharedBandwidth::isMoved)
                .flatMap(DiskXml::mirror)
                .filter(mirror -> mirror.readiness() == DiskXml.Readiness.COPYING
                        || mirror.readiness() == DiskXml.Readiness.READY)
                .isPresent();
    }

    /** Returns the part of one that begins, which is told with the beginning. */
    private synchronized long told(DiskCopyJob job) {
        long part = Optional.ofNullable(machines.get(job.task().machine()))
                .orElseThrow()
                .part();
        told(job, part);
        return part;
    }

    private synchronized void told(DiskCopyJob job, long part) {
        Optional.ofNullable(machines.get(job.task().machine()))
                .map(machine -> machine.members.get(job.task().disk()))
                .filter(member -> member.job == job)
                .ifPresent(member -> member.told = part);
    }

    /** Returns those that were told something else than their part is now. */
    private synchronized List<Due> due(String machine) {
        List<Due> due = new ArrayList<>();
        Machine known = machines.get(machine);
        if (known != null) {
            known.members.values().stream()
                    .filter(member -> member.shares && member.told != known.part())
                    .forEach(member -> due.add(new Due(member.job, known.part())));
        }
        return due;
    }
}
