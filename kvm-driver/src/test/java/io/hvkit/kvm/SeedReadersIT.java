package io.hvkit.kvm;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.ByteSize;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.MachineId;
import io.hvkit.hypervisor.spi.CloudInit;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.KernelBoot;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.StopMode;
import io.hvkit.qemu.Command;
import io.hvkit.qemu.CommandRunner;
import io.hvkit.testkit.guest.GuestConsole;
import io.hvkit.testkit.guest.GuestExtension;
import io.hvkit.testkit.guest.GuestWork;
import io.hvkit.testkit.libvirt.FileOwnership;
import io.hvkit.testkit.libvirt.GuestUser;
import io.hvkit.testkit.libvirt.PrivateHostExtension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Seeds of cloud-init on hosts that run QEMU as a user who owns nothing. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class SeedReadersIT {

    private static final String NOBODY = "65534";
    private static final Pattern UIDS = Pattern.compile("(?m)^Uid:\\s+(\\d+)\\s+(\\d+)\\s+(\\d+)\\s+(\\d+)$");

    @RegisterExtension
    static final PrivateHostExtension HOST = PrivateHostExtension.perClass();

    @RegisterExtension
    static final GuestExtension GUEST = GuestExtension.shared();

    @TempDir
    private Path folder;

    @ParameterizedTest
    @EnumSource(FileOwnership.class)
    void a_seed_is_read_by_qemu_and_by_nobody_else_and_goes_with_its_machine(FileOwnership ownership)
            throws InterruptedException, IOException {
        HOST.host().runGuestsAs(GuestUser.LIBVIRT, ownership);
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx--x--x"));
        try (TestHost host = new TestHost(HOST.host(), GUEST.guest(), folder)) {
            MachineSpec spec = spec(host);

            host.start(spec);

            GuestConsole.at(host.console(spec.name())).awaitReady(TestHost.PATIENCE);
            assertThat(Files.readString(host.console(spec.name()))).contains("@@ SEED user-data password: tomato");
            Path seed = onlySeed(host);
            List<Integer> emulator = emulator(spec);
            assertThat(emulator).as("the user of QEMU").doesNotContain(0);
            assertThat(Files.getAttribute(seed, "unix:uid")).isIn(emulator);
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(seed)))
                    .isEqualTo("rw-------");
            assertThat(readable(seed, emulator.get(0).toString())).as("by QEMU").isTrue();
            assertThat(readable(seed, NOBODY)).as("by somebody else").isFalse();

            host.hypervisor().start(spec); // an equal request, which is told by the seed's content
            host.hypervisor().stop(new MachineId(spec.name()), StopMode.POWER_OFF);
            assertThat(seed).doesNotExist();
        }
    }

    /** Copies what all guests boot from: libvirt changes whose it is. */
    private MachineSpec spec(TestHost host) throws InterruptedException, IOException {
        Disk disk = host.disk(host.pool("pool"), ImageFormat.RAW, ByteSize.mebibytes(1), List.of());
        Files.setPosixFilePermissions(TestHost.file(disk), PosixFilePermissions.fromString("rw-rw-rw-"));
        MachineSpec spec = host.spec(disk, GuestWork.idle());
        KernelBoot boot = spec.kernel().orElseThrow();
        return spec.booting(KernelBoot.of(copied(GUEST.guest().kernel()))
                        .initrd(copied(GUEST.guest().initrd()))
                        .commandLine(boot.commandLine() + " hv.seed=1"))
                .cloudInit(CloudInit.of("i-1").userData("#cloud-config\npassword: tomato\n"));
    }

    private Path copied(Path file) throws IOException {
        Path copy = Files.copy(file, folder.resolve(String.valueOf(file.getFileName())));
        Files.setPosixFilePermissions(copy, PosixFilePermissions.fromString("rw-r--r--"));
        return copy;
    }

    private static Path onlySeed(TestHost host) throws IOException {
        try (Stream<Path> files = Files.list(host.seeds())) {
            List<Path> seeds = files.toList();
            assertThat(seeds).hasSize(1);
            return seeds.get(0);
        }
    }

    /** Returns the users as whom the machine's QEMU does anything. */
    private static List<Integer> emulator(MachineSpec spec) throws InterruptedException {
        List<String> all = HOST.host().processes().stream()
                .map(pid -> Path.of("/proc", Long.toString(pid)))
                .filter(process -> TwoHostsTest.text(process.resolve("cmdline")).contains("guest=" + spec.name()))
                .map(process -> TwoHostsTest.text(process.resolve("status")))
                .toList();
        assertThat(all).hasSize(1);
        MatchResult uids = UIDS.matcher(all.get(0)).results().findFirst().orElseThrow();
        return Stream.of(1, 2, 3, 4).map(i -> Integer.valueOf(uids.group(i))).toList();
    }

    private static boolean readable(Path file, String user) throws InterruptedException {
        List<String> argv = List.of("setpriv", "--reuid", user, "--regid", user, "--clear-groups", "cat");
        return CommandRunner.local()
                        .run(Command.of(Stream.concat(argv.stream(), Stream.of(file.toString()))
                                .toList()))
                        .exitCode()
                == 0;
    }
}
