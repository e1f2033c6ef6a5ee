package com.acme.qemu;

import io.hvkit.testkit.hypervisor.HypervisorContract;
import io.hvkit.testkit.hypervisor.HypervisorUnderTest;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

// tag::contract[]
class BareQemuContractTest extends HypervisorContract {

    @TempDir(factory = ShortFolders.class)
    Path folder;

    @Override
    protected HypervisorUnderTest underTest() {
        return new JudgedBareQemu(folder);
    }
}
// end::contract[]
