package io.hvkit.vmware.internal.machine;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.VolumeId;
import io.hvkit.vmware.internal.soap.Data;
import io.hvkit.vmware.internal.soap.Ref;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a machine is to be.
 *
 * @param store for its own files and all disks that are not named
 * @param disks where single disks are to be
 */
record Destination(Site target, Optional<Store> store, Map<VolumeId, Store> disks) {

    private static final Pattern VOLUME = Pattern.compile("/vmfs/volumes/([^/]+)");

    /** A datastore. */
    record Store(String name, Ref ref) {

        /** Returns the one that hosts have at a path; {@code NOT_FOUND} if this host has none there. */
        static Store at(Path path, Datastores stores) throws InterruptedException {
            Matcher matcher = VOLUME.matcher(path.normalize().toString());
            if (!matcher.matches()) {
                throw DriverException.because(Failure.NOT_FOUND)
                        .message("%s is no datastore; hosts have them at /vmfs/volumes/NAME", path);
            }
            return new Store(matcher.group(1), stores.named(matcher.group(1)));
        }
    }

    private Optional<Store> of(VmDisk disk) {
        return disk.volume()
                .flatMap(volume -> Optional.ofNullable(disks.get(volume)))
                .or(() -> store);
    }

    /**
     * Returns whether all of a machine is there.
     *
     * @param home where its own files are
     */
    boolean isReached(Vm vm, String home) {
        return vm.host().filter(target.host()::equals).isPresent()
                && store.map(Store::name).map(home::equals).orElse(true)
                && vm.disks().stream().allMatch(this::isReached);
    }

    private boolean isReached(VmDisk disk) {
        return of(disk).map(Store::name).map(disk.file().datastore()::equals).orElse(true);
    }

    /** Returns whether disks are copied. */
    boolean copies(Vm vm) {
        return !vm.disks().stream().allMatch(this::isReached);
    }

    /** Returns the datastores that are read or written. */
    Set<String> datastores(Vm vm) {
        Set<String> all = new LinkedHashSet<>();
        vm.disks().stream().filter(disk -> !isReached(disk)).forEach(disk -> {
            all.add(disk.file().datastore());
            of(disk).ifPresent(there -> all.add(there.name()));
        });
        return all;
    }

    /** Returns what is asked of the vCenter: a place for each disk that has one of its own. */
    Data spec(Vm vm) {
        List<Data> locators = new ArrayList<>();
        for (VmDisk disk : vm.disks()) {
            disk.volume()
                    .flatMap(volume -> Optional.ofNullable(disks.get(volume)))
                    .ifPresent(there -> locators.add(Data.of("VirtualMachineRelocateSpecDiskLocator")
                            .with("diskId", disk.key())
                            .with("datastore", there.ref())));
        }
        Data spec = Data.of("VirtualMachineRelocateSpec")
                .with("datastore", store.map(Store::ref))
                .with("disk", locators);
        return vm.host().filter(target.host()::equals).isPresent()
                ? spec
                : spec.with("pool", target.pool()).with("host", target.host());
    }
}
