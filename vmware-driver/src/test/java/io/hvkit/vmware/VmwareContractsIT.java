package io.hvkit.vmware;

import io.hvkit.core.ByteSize;
import io.hvkit.core.HostId;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.MachineDisk;
import io.hvkit.testkit.hypervisor.ConsoleTicketsContract;
import io.hvkit.testkit.hypervisor.DefinedMachinesContract;
import io.hvkit.testkit.hypervisor.GracefulStopContract;
import io.hvkit.testkit.hypervisor.HostSnapshotsContract;
import io.hvkit.testkit.hypervisor.HotPlugContract;
import io.hvkit.testkit.hypervisor.HypervisorContract;
import io.hvkit.testkit.hypervisor.HypervisorUnderTest;
import io.hvkit.testkit.hypervisor.LostAnswerContract;
import io.hvkit.testkit.hypervisor.LostConnectionContract;
import io.hvkit.testkit.hypervisor.MachineClonesContract;
import io.hvkit.testkit.hypervisor.MachineRelocationContract;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;

/** Hosts of a vCenter keep the contracts for what they offer. */
@Tag("drawn")
class VmwareContractsIT {

    private static VmwareJudged vmware;

    @BeforeAll
    static void start() throws InterruptedException {
        vmware = VmwareJudged.start();
    }

    @AfterAll
    static void stop() {
        vmware.close();
    }

    @Nested
    class AHost extends HypervisorContract {
        @Override
        protected HypervisorUnderTest underTest() {
            return vmware;
        }
    }

    @Nested
    class DefinedMachines extends DefinedMachinesContract {
        @Override
        protected HypervisorUnderTest underTest() {
            return vmware;
        }
    }

    @Nested
    class GracefulStops extends GracefulStopContract {
        @Override
        protected HypervisorUnderTest underTest() {
            return vmware;
        }
    }

    @Nested
    class DisksOfRunningMachines extends HotPlugContract {
        @Override
        protected HypervisorUnderTest underTest() {
            return vmware;
        }

        @Override
        protected ByteSize sizeOf(Disk disk) {
            return ByteSize.bytes(vmware.vcenter().bytesOf(VmwareJudged.file(disk.volume())));
        }
    }

    @Nested
    class TicketsToScreens extends ConsoleTicketsContract {
        @Override
        protected HypervisorUnderTest underTest() {
            return vmware;
        }
    }

    @Nested
    class Snapshots extends HostSnapshotsContract {
        @Override
        protected HypervisorUnderTest underTest() {
            return vmware;
        }
    }

    @Nested
    class Clones extends MachineClonesContract {
        @Override
        protected HypervisorUnderTest underTest() {
            return vmware;
        }

        @Override
        protected void delete(MachineDisk cloned) throws InterruptedException {
            vmware.delete(cloned);
        }
    }

    @Nested
    class Relocations extends MachineRelocationContract {
        @Override
        protected HypervisorUnderTest underTest() {
            return vmware;
        }

        @Override
        protected Path anotherStore() {
            return VmwareJudged.STORE.resolveSibling("LocalDS_1");
        }

        @Override
        protected Path absentStore() {
            return VmwareJudged.STORE.resolveSibling("none-such");
        }
    }

    @Nested
    class ACutOffVcenter extends LostConnectionContract {
        @Override
        protected HypervisorUnderTest underTest() {
            return vmware;
        }

        @Override
        protected void cutOff(HostId host) {
            vmware.vcenter().next(0, "*", "drop", "");
        }

        @Override
        protected void reachAgain(HostId host) {
            vmware.vcenter().reset();
        }
    }

    @Nested
    class LostAnswers extends LostAnswerContract {
        @Override
        protected HypervisorUnderTest underTest() {
            return vmware;
        }

        @Override
        protected void loseNext(HostId host, Change change, Lost what) {
            String method = switch (change) {
                case START, DEFINE -> "CreateVM_Task";
                case START_REMEMBERED -> "PowerOnVM_Task";
                case STOP -> "PowerOffVM_Task";
                case ATTACH, DETACH, RESIZE -> "ReconfigVM_Task";
                default -> throw new IllegalArgumentException(change + " is not offered here");
            };
            vmware.vcenter().next(1, method, what == Lost.CALL ? "drop" : "dropafter", "");
        }

        @Override
        protected int losses(HostId host) {
            return vmware.vcenter().count("lost");
        }

        @Override
        protected int keysHeld(HostId host) {
            return 0;
        }

        @Override
        protected Disk encryptedDisk(VolumeId volume, Secret secret) {
            throw new IllegalStateException("encryption is not offered");
        }

        @Override
        protected Disk overlay(VolumeId volume, Disk base) {
            throw new IllegalStateException("snapshots are not offered");
        }

        @Override
        protected Disk encryptedOverlay(VolumeId volume, Disk base, Secret secret) {
            throw new IllegalStateException("encryption is not offered");
        }

        @Override
        protected ByteSize sizeOf(Disk stored) {
            return ByteSize.bytes(vmware.vcenter().bytesOf(VmwareJudged.file(stored.volume())));
        }
    }
}
