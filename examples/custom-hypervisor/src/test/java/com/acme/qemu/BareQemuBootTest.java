package com.acme.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.HostId;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Options;
import io.hvkit.core.Sha256;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.HypervisorDriver;
import io.hvkit.hypervisor.spi.HypervisorDrivers;
import io.hvkit.hypervisor.spi.KernelBoot;
import io.hvkit.hypervisor.spi.Machine;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.MachineState;
import io.hvkit.hypervisor.spi.StopMode;
import io.hvkit.testkit.guest.Guest;
import io.hvkit.testkit.guest.GuestConsole;
import io.hvkit.testkit.guest.GuestExtension;
import io.hvkit.testkit.guest.GuestWork;
import io.hvkit.testkit.guest.RecordCheck;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** A template comes over HTTP, a real guest boots with it and writes, and what it says is safe is on the disk. */
class BareQemuBootTest {

    private static final Duration LIMIT = Duration.ofMinutes(3);
    private static final long RECORDS = 320;

    @RegisterExtension
    static final GuestExtension guests = GuestExtension.shared();

    @TempDir(factory = ShortFolders.class)
    Path folder;

    @Test
    void aGuestBootsFromADownloadedTemplateAndItsWritesAreSafe() throws Exception {
        Path disk = folder.resolve("web-root.raw");
        MachineSpec spec = machine(disk);
        try (Hypervisor host = open()) {
            download(host, disk);
            host.start(spec);
        }

        GuestConsole console = GuestConsole.at(spec.serialLog().orElseThrow());
        console.awaitReady(LIMIT);
        console.awaitAcknowledged(RECORDS, LIMIT);

        try (Hypervisor host = open()) { // as another process would, which knows the folder alone
            Machine found = host.list().get(0);
            assertThat(found.name()).isEqualTo("web");
            assertThat(found.state()).isEqualTo(MachineState.RUNNING);
            assertThat(found.disks()).extracting(each -> each.volume().value()).containsExactly("web-root");
            assertThat(host.start(spec).id()).isEqualTo(found.id());
            host.stop(found.id(), StopMode.POWER_OFF);
            assertThat(host.list()).isEmpty();
        }
        RecordCheck check = RecordCheck.of(spec.serialLog().orElseThrow(), disk);
        assertThat(check.holds()).as(check.toString()).isTrue();
        assertThat(check.acknowledged()).isGreaterThanOrEqualTo(RECORDS);
        assertThat(folder.toFile().list()).containsExactlyInAnyOrder(".lock", "serial.log", "web-root.raw");
    }

    private MachineSpec machine(Path disk) {
        Guest guest = guests.guest();
        return MachineSpec.named("web")
                .booting(KernelBoot.of(guest.kernel())
                        .initrd(guest.initrd())
                        .commandLine(guest.commandLine(GuestWork.writing())))
                .with(Disk.of(new VolumeId("web-root"), new Attachment.ImageFile(disk), ImageFormat.RAW))
                .serialLog(folder.resolve("serial.log"));
    }

    private static void download(Hypervisor host, Path disk) throws IOException, InterruptedException {
        byte[] template = new byte[1 << 20];
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/template", exchange -> {
            try (exchange) {
                exchange.sendResponseHeaders(200, template.length);
                exchange.getResponseBody().write(template);
            }
        });
        server.start();
        try {
            URI source = URI.create("http://localhost:" + server.getAddress().getPort() + "/template");
            ByteSize size = host.directDownload()
                    .orElseThrow()
                    .fetch(source, Sha256.of(template), new Attachment.ImageFile(disk));
            assertThat(size).isEqualTo(ByteSize.mebibytes(1));
        } finally {
            server.stop(0);
        }
    }

    private Hypervisor open() throws InterruptedException {
        HypervisorDriver driver =
                HypervisorDrivers.discoveredBy(getClass().getClassLoader()).forType(BareQemu.TYPE);
        Map<String, String> options = Map.of(BareQemu.WORK_DIRECTORY.name(), folder.toString());
        return driver.open(new HostId("here"), BareQemu.TYPE, Options.parse(driver.options(), options));
    }
}
