package io.hvkit.vmware;

import io.hvkit.core.MachineId;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.Machine;
import io.hvkit.hypervisor.spi.MachineDisk;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.Persistence;
import io.hvkit.hypervisor.spi.StopMode;
import io.hvkit.vmware.internal.soap.Call;
import io.hvkit.vmware.internal.soap.Data;
import io.hvkit.vmware.internal.soap.Node;
import io.hvkit.vmware.internal.soap.Ref;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;

/** A host of a simulated vCenter, a disk, and a request for a machine with it; what cases make is removed. */
abstract class HostCases {

    static final Duration LONG = Duration.ofSeconds(30);
    static VmwareJudged vmware;

    Hypervisor host;
    MachineSpec spec;
    Disk disk;

    @BeforeAll
    static void startAll() throws InterruptedException {
        vmware = VmwareJudged.start();
    }

    @AfterAll
    static void stopAll() {
        vmware.close();
    }

    @BeforeEach
    void open() throws InterruptedException {
        vmware.vcenter().reset(); // what cleaning up called is counted, too
        host = vmware.open(Map.of());
        disk = vmware.disk(new VolumeId("m-" + UUID.randomUUID()));
        spec = MachineSpec.named(disk.volume().value()).with(disk).keptAs(Persistence.PERSISTENT);
    }

    @AfterEach
    void close() throws InterruptedException {
        vmware.vcenter().reset();
        for (Machine machine : host.list()) {
            if (!machine.name().startsWith("DC0_")) {
                host.stop(machine.id(), StopMode.POWER_OFF);
                host.forget(machine.id());
            }
        }
        host.close();
    }

    static Node property(MachineId machine, String path) throws Exception {
        return vmware.admin()
                .properties()
                .read(vmware.at("DC0/vm/" + machine), path)
                .value(path)
                .orElseThrow();
    }

    static Node admin(Ref target, String method) throws InterruptedException {
        return vmware.admin().require(Call.changing(target, Data.of(method)));
    }

    List<MachineDisk> disks(MachineId id) throws InterruptedException {
        return host.find(id).orElseThrow().disks();
    }

    static MachineDisk place(Disk disk) {
        return new MachineDisk(disk.volume(), disk.attachment());
    }

    static List<String> note(MachineId id, String key) throws Exception {
        return property(id, "config.extraConfig").children().stream()
                .filter(option -> option.text("key").equals(key))
                .map(option -> option.text("value"))
                .toList();
    }
}
