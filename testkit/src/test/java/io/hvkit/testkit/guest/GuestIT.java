package io.hvkit.testkit.guest;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.testkit.internal.Program;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class GuestIT {

    private static final Duration LIMIT = Duration.ofMinutes(2);

    @RegisterExtension
    static final GuestExtension guests = GuestExtension.shared();

    @TempDir
    Path folder;

    @Test
    void what_it_wrote_is_there_and_planted_damage_of_each_kind_is_found() throws Exception {
        Path disk = disk(1 << 20);
        Path serial = run(
                disk,
                GuestWork.writing().inBatchesOf(4).striding(7).endingAfter(600).thenPoweringOff());

        RecordCheck check = RecordCheck.of(serial, disk);
        assertThat(check.holds()).as("%s", check).isTrue();
        assertThat(check.acknowledged()).isEqualTo(600);
        assertThat(check.intact()).isEqualTo(256);

        Layout layout = new Layout(256, 4096, 7, 4);
        put(disk, layout.blockOf(599), new byte[4096]);
        put(disk, layout.blockOf(598), layout.record(598 - layout.period()));
        put(disk, layout.blockOf(597), layout.record(596));
        put(disk, layout.blockOf(595), new byte[] {'x'});
        RecordCheck broken = RecordCheck.of(serial, disk);
        assertThat(broken.holds()).isFalse();
        assertThat(broken.lost()).isEqualTo(1);
        assertThat(broken.stale()).isEqualTo(1);
        assertThat(broken.misplaced()).isEqualTo(1);
        assertThat(broken.torn()).isEqualTo(1);
    }

    @Test
    void a_guest_without_a_disk_says_so() throws Exception {
        Path serial = run(Path.of("none"), GuestWork.writing().onDevice("vdz").endingAfter(1));

        assertThat(GuestConsole.at(serial).tail(5)).contains("@@ FATAL no /dev/vdz");
    }

    @Test
    void two_builders_at_once_make_one_guest_and_leave_nothing_half_made() throws Exception {
        Path cache = folder.resolve("cache");
        Files.createDirectories(cache.resolve("guest-making-999999999-abandoned/out"));
        ExecutorService builders = Executors.newFixedThreadPool(2);
        try {
            Future<Guest> here = builders.submit(() -> Guest.prepared(cache));
            Future<Guest> there = builders.submit(() -> Guest.prepared(cache));

            assertThat(here.get().kernel()).isEqualTo(there.get().kernel()).isNotEmptyFile();
            assertThat(here.get().initrd()).isNotEmptyFile();
        } finally {
            builders.shutdownNow();
        }
        try (Stream<Path> left = Files.list(cache)) {
            assertThat(left.map(path -> path.getFileName().toString()))
                    .hasSize(2)
                    .contains("guest.lock")
                    .noneMatch(name -> name.startsWith("guest-making-"));
        }
    }

    private Path run(Path disk, GuestWork work) throws InterruptedException {
        Path serial = folder.resolve("serial.log");
        Guest guest = guests.guest();
        List<String> argv = new ArrayList<>(List.of("qemu-system-x86_64", "-M", "q35,accel=tcg", "-cpu", "max"));
        argv.addAll(List.of("-m", "128", "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"));
        argv.addAll(List.of(
                "-kernel", guest.kernel().toString(), "-initrd", guest.initrd().toString()));
        argv.addAll(List.of("-append", guest.commandLine(work), "-serial", "file:" + serial));
        if (Files.exists(disk)) {
            argv.addAll(List.of("-drive", "if=virtio,format=raw,file=" + disk));
        }
        Program.Result result = Program.run(argv, folder.resolve("qemu.log"), LIMIT);
        assertThat(result.exitCode()).as(result.output()).isZero();
        return serial;
    }

    private Path disk(long bytes) throws IOException {
        Path disk = folder.resolve("disk.raw");
        try (RandomAccessFile file = new RandomAccessFile(disk.toFile(), "rw")) {
            file.setLength(bytes);
        }
        return disk;
    }

    private static void put(Path image, long block, byte[] bytes) throws IOException {
        try (FileChannel channel = FileChannel.open(image, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(bytes), block * 4096);
        }
    }
}
