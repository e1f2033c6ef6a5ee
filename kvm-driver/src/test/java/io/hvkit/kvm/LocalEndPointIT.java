package io.hvkit.kvm;

import io.hvkit.core.HostId;
import io.hvkit.qemu.CommandRunner;
import io.hvkit.testkit.endpoint.CopiesContract;
import io.hvkit.testkit.endpoint.EndPointContract;
import io.hvkit.testkit.endpoint.EndPointUnderTest;
import io.hvkit.testkit.endpoint.ImagesContract;
import io.hvkit.testkit.endpoint.LuksContract;
import java.nio.file.Path;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;

/** This machine keeps the contracts of end points. */
@Tag("drawn")
class LocalEndPointIT {

    @TempDir
    private Path folder;

    private EndPointUnderTest local() {
        return new JudgedEndPoint(() -> KvmEndPoint.local(new HostId("this-machine")), CommandRunner.local(), folder);
    }

    @Nested
    class LocalHost extends EndPointContract {
        @Override
        protected EndPointUnderTest underTest() {
            return local();
        }
    }

    @Nested
    class LocalImages extends ImagesContract {
        @Override
        protected EndPointUnderTest underTest() {
            return local();
        }
    }

    @Nested
    class LocalCopies extends CopiesContract {
        @Override
        protected EndPointUnderTest underTest() {
            return local();
        }
    }

    @Nested
    class LocalLuks extends LuksContract {
        @Override
        protected EndPointUnderTest underTest() {
            return local();
        }
    }
}
