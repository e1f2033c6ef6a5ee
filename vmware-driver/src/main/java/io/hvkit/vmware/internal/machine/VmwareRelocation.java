package io.hvkit.vmware.internal.machine;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.MachineMoveJob;
import io.hvkit.hypervisor.spi.MachineRelocation;
import io.hvkit.hypervisor.spi.Relocation;
import io.hvkit.vmware.internal.soap.Ref;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Moves machines between the hosts and datastores of a vCenter, disks and all. One move of a machine at a time. */
final class VmwareRelocation implements MachineRelocation, AutoCloseable {

    private final Site site;
    private final VmReader reader;
    private final Changes changes;
    private final MachineLocks locks;
    private final Map<MachineId, RelocationJob> running = new ConcurrentHashMap<>();

    VmwareRelocation(Site site, VmReader reader, Changes changes, MachineLocks locks) {
        this.site = site;
        this.reader = reader;
        this.changes = changes;
        this.locks = locks;
    }

    @Override
    public MachineMoveJob start(MachineId machine, Relocation relocation) throws InterruptedException {
        if (relocation.equals(Relocation.onItsHost())) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("nothing is to become of machine %s; name a host or a datastore", machine);
        }
        Site target = target(relocation);
        Vm vm = reader.made(machine)
                .filter(found -> !found.isRemains())
                .filter(found -> found.host()
                        .filter(host -> host.equals(site.host()) || host.equals(target.host()))
                        .isPresent())
                .orElseThrow(() -> DriverException.because(Failure.NOT_FOUND)
                        .message("neither host %s nor host %s has machine %s", site.name(), target.name(), machine));
        Destination destination = destination(vm, relocation, target);
        RelocationJob present = running.get(machine);
        if (present != null && present.isFor(relocation)) {
            return present;
        }
        if (present != null || under(vm).isPresent()) {
            throw DriverException.because(Failure.OPERATION_PENDING)
                    .effect(Effect.NOT_APPLIED)
                    .message("machine %s is being moved; wait for that, or cancel it", machine);
        }
        RelocationJob job = new RelocationJob(
                site, reader, changes, locks, new RelocationJob.Order(machine, relocation, destination));
        if (running.putIfAbsent(machine, job) != null) {
            return start(machine, relocation); // somebody was faster
        }
        job.begin(() -> running.remove(machine, job));
        return job;
    }

    private Site target(Relocation relocation) {
        Hypervisor other = relocation.target().orElse(null);
        if (other == null) {
            return site;
        }
        if (other instanceof VmwareHypervisor there
                && there.site().client().vcenter().equals(site.client().vcenter())
                && there.site().folder().equals(site.folder())) {
            return there.site();
        }
        throw DriverException.because(Failure.UNSUPPORTED)
                .message(
                        "%s is no host of this vCenter that was opened with the same folder; machines move between such alone",
                        other.host());
    }

    private static Destination destination(Vm vm, Relocation relocation, Site target) throws InterruptedException {
        Datastores stores = new Datastores(target);
        Map<VolumeId, Destination.Store> disks = new LinkedHashMap<>();
        for (var each : relocation.disks().entrySet()) {
            if (vm.disk(each.getKey()).isEmpty()) {
                throw DriverException.because(Failure.NOT_FOUND)
                        .message("machine %s has no disk %s", vm.id(), each.getKey());
            }
            disks.put(each.getKey(), Destination.Store.at(each.getValue(), stores));
        }
        Optional<Destination.Store> all = relocation.store().isEmpty()
                ? Optional.empty()
                : Optional.of(Destination.Store.at(relocation.store().get(), stores));
        return new Destination(target, all, disks);
    }

    @Override
    public Optional<MachineMoveJob> find(MachineId machine) throws InterruptedException {
        RelocationJob mine = running.get(machine);
        if (mine != null) {
            return Optional.of(mine);
        }
        Optional<Vm> vm = reader.here(machine);
        Optional<Ref> task = vm.isEmpty() ? Optional.empty() : under(vm.get());
        return task.map(ref -> new WatchedMove(site, ref, machine));
    }

    /** Returns the task that moves a machine now, whoever began it. */
    private Optional<Ref> under(Vm vm) throws InterruptedException {
        return reader.recentTasks(vm).stream() // one that is forgotten has ended
                .flatMap(List::stream)
                .filter(task -> List.of("running", "queued").contains(task.state()))
                .filter(task -> isMove(task.description()))
                .map(VmReader.RecentTask::ref)
                .findFirst();
    }

    private static boolean isMove(String description) {
        return description.startsWith("virtualmachine.relocate") || description.startsWith("virtualmachine.migrate");
    }

    /** Gives up what has not begun; what runs in the vCenter goes on there. */
    @Override
    public void close() {
        running.values().forEach(RelocationJob::abandon);
    }
}
