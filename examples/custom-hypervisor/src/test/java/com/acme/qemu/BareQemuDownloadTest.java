package com.acme.qemu;

import io.hvkit.core.Attachment;
import io.hvkit.testkit.hypervisor.DirectDownloadContract;
import io.hvkit.testkit.hypervisor.HypervisorUnderTest;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

// tag::contract[]
class BareQemuDownloadTest extends DirectDownloadContract {

    @TempDir(factory = ShortFolders.class)
    Path folder;

    @Override
    protected HypervisorUnderTest underTest() {
        return new JudgedBareQemu(folder);
    }

    @Override
    protected Attachment newTarget(String name) {
        return new Attachment.ImageFile(folder.resolve(name));
    }
}
// end::contract[]
