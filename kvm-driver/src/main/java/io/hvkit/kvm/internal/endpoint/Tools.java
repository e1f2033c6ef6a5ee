package io.hvkit.kvm.internal.endpoint;

import io.hvkit.qemu.CommandRunner;
import io.hvkit.qemu.CryptSetup;
import io.hvkit.qemu.HostFiles;
import io.hvkit.qemu.QemuImg;
import io.hvkit.qemu.QemuImgProbe;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** What a host works with. What qemu-img can do is remembered until its file changes. */
final class Tools {

    private final HostPrograms programs;
    private final AtomicReference<@Nullable QemuImgProbe> probe = new AtomicReference<>();

    Tools(HostPrograms programs) {
        this.programs = programs;
    }

    CommandRunner runner() throws InterruptedException {
        return programs.runner();
    }

    HostFiles files() throws InterruptedException {
        return runner().files();
    }

    QemuImg qemuImg() throws InterruptedException {
        QemuImgProbe known = probe.get();
        if (known == null) {
            known = QemuImgProbe.of(runner());
            probe.set(known);
        }
        return known.qemuImg();
    }

    CryptSetup cryptSetup() throws InterruptedException {
        return CryptSetup.probe(runner());
    }
}
