package io.hvkit.vmware;

import io.hvkit.core.ByteSize;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.testkit.hypervisor.DefinedMachinesContract;
import io.hvkit.testkit.hypervisor.GracefulStopContract;
import io.hvkit.testkit.hypervisor.HotPlugContract;
import io.hvkit.testkit.hypervisor.HypervisorContract;
import io.hvkit.testkit.hypervisor.HypervisorUnderTest;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;

/** Hosts of a vCenter keep the contracts for what they offer. */
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
}
