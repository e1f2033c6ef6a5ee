package io.hvkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What an image's header says is read twice, once without any program. */
@Tag("every-java")
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class OwnReadingIT {

    private static final ByteSize SIZE = ByteSize.mebibytes(4);

    private static QemuImg real;

    @TempDir
    private Path directory;

    private final List<List<String>> started = new ArrayList<>();
    private UnaryOperator<String> lie = report -> report;
    private QemuImg qemuImg;

    @BeforeAll
    static void probe() throws Exception {
        real = QemuImg.probe(CommandRunner.local());
    }

    @BeforeEach
    void listen() throws Exception {
        qemuImg = QemuImg.probe(command -> {
            CommandResult result = CommandRunner.local().run(command);
            started.add(command.argv());
            return CommandResult.of(result.exitCode(), lie.apply(result.output()), result.errors());
        });
        started.clear();
    }

    @Test
    void bytes_of_another_format_are_refused_before_a_program_is_started() throws Exception {
        Path raw = Disks.random(directory.resolve("raw"), SIZE, 1);
        for (Image image : List.of(Image.qcow2(raw), Image.luks(raw))) {
            DriverException e = catchThrowableOfType(DriverException.class, () -> qemuImg.info(image));

            assertThat(e.failure()).isEqualTo(Failure.CORRUPT_DATA);
            assertThat(e).hasMessageContaining(image.format().qemuName()).hasMessageContaining(raw.toString());
        }
        assertThat(started).isEmpty();
    }

    @Test
    void a_raw_image_may_hold_anything() throws Exception {
        Path image = qcow2("image");

        ImageInfo info = qemuImg.info(Image.raw(image));

        assertThat(info.virtualSize()).isNotEqualTo(SIZE).isGreaterThanOrEqualTo(ByteSize.bytes(Files.size(image)));
        assertThat(info.qcow2()).isEmpty();
    }

    @Test
    void what_is_no_file_is_refused_and_nobody_waits_for_it() throws Exception {
        Path pipe = directory.resolve("pipe");
        Disks.run("mkfifo", pipe.toString());
        for (Image image : List.of(Image.raw(pipe), Image.qcow2(pipe), Image.raw(directory))) {
            DriverException e = catchThrowableOfType(DriverException.class, () -> qemuImg.info(image));
            assertThat(e.failure()).isEqualTo(Failure.INVALID_REQUEST);
        }
        assertThat(started).isEmpty();
    }

    @Test
    void a_data_file_that_the_header_names_is_not_opened_in_a_chain_either() throws Exception {
        Path data = directory.resolve("data");
        Path image = directory.resolve("image");
        Path top = directory.resolve("top");
        Disks.run("qemu-img", "create", "-q", "-f", "qcow2", "-o", "data_file=" + data, image.toString(), "4M");
        Disks.run("qemu-img", "create", "-q", "-f", "qcow2", "-b", image.toString(), "-F", "qcow2", top.toString());
        Files.delete(data);
        Disks.run("mkfifo", data.toString());
        QemuImg soon = qemuImg.within(Duration.ofSeconds(20));

        ImageInfo info = soon.info(Image.qcow2(image));
        List<ImageInfo> chain = soon.layers().chain(Image.qcow2(top));

        assertThat(info.virtualSize()).isEqualTo(SIZE);
        assertThat(info.qcow2().orElseThrow().dataFile()).contains(data.toString());
        assertThat(chain).hasSize(2);
        assertThat(started.stream().map(argv -> argv.get(argv.size() - 1)))
                .as("a qemu-img of any age is told to open nothing")
                .filteredOn(options -> options.contains(image.toString()))
                .hasSize(2)
                .allMatch(options -> options.contains("data-file.driver=null-co"));
    }

    @ParameterizedTest
    @CsvSource({
        "'\"virtual-size\": 4194304', '\"virtual-size\": 8388608', of 8388608 bytes",
        "'\"virtual-size\"', '\"encrypted\": true, \"virtual-size\"', 'bytes, encrypted'",
        "'\"virtual-size\"', '\"backing-filename\": \"/etc/shadow\", \"virtual-size\"', over '/etc/shadow'"
    })
    void two_readings_of_a_sound_header_are_a_defect_that_names_both(String before, String after, String named)
            throws Exception {
        lie = report -> report.replace(before, after);

        DriverException e =
                catchThrowableOfType(DriverException.class, () -> qemuImg.info(Image.qcow2(qcow2("image"))));

        assertThat(e.failure()).isEqualTo(Failure.DEFECT);
        assertThat(e.effect()).isEqualTo(Effect.NOT_APPLIED);
        assertThat(e)
                .hasMessageContaining("a disk of 4194304 bytes, not encrypted, over nothing")
                .hasMessageContaining(named);
    }

    @Test
    void two_readings_of_a_broken_header_are_the_images_fault() throws Exception {
        Path image = qcow2("image");
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            file.seek(79);
            file.write(2); // marked corrupt
        }
        lie = report -> report.replace("4194304", "8388608");

        DriverException e = catchThrowableOfType(DriverException.class, () -> qemuImg.info(Image.qcow2(image)));

        assertThat(e.failure()).isEqualTo(Failure.CORRUPT_DATA);
    }

    @Test
    void an_image_that_changes_between_the_two_readings_is_read_again() throws Exception {
        Path image = qcow2("image");
        boolean[] grown = {false};
        QemuImg late = QemuImg.probe(command -> {
            if (command.argv().contains("info") && !grown[0]) {
                grown[0] = true;
                Disks.run("qemu-img", "resize", "-q", "-f", "qcow2", image.toString(), "8M");
            }
            return CommandRunner.local().run(command);
        });

        assertThat(late.info(Image.qcow2(image)).virtualSize()).isEqualTo(ByteSize.mebibytes(8));
        assertThat(grown[0]).isTrue();
    }

    @Test
    void the_bytes_are_read_where_the_programs_run() throws Exception {
        Path image = qcow2("image");
        List<Path> read = new ArrayList<>();
        HostFiles local = HostFiles.local();
        QemuImg elsewhere = QemuImg.probe(new CommandRunner() {
            @Override
            public CommandResult run(Command command) throws InterruptedException {
                return CommandRunner.local().run(command);
            }

            @Override
            public HostFiles files() {
                return new Watched(local, read);
            }
        });

        elsewhere.info(Image.qcow2(image));

        assertThat(read).isNotEmpty().containsOnly(image);
    }

    @Test
    void a_chain_whose_names_lead_back_by_another_way_goes_round() throws Exception {
        Path top = directory.resolve("top");
        Files.createDirectory(directory.resolve("x"));
        Disks.run(
                "qemu-img", "create", "-q", "-u", "-f", "qcow2", "-F", "qcow2", "-b", "x/../top", top.toString(), "4M");

        DriverException e =
                catchThrowableOfType(DriverException.class, () -> real.layers().chain(Image.qcow2(top)));

        assertThat(e.failure()).isEqualTo(Failure.CORRUPT_DATA);
        assertThat(e).hasMessageContaining("goes round");
    }

    @Test
    void what_only_qemu_can_follow_it_follows() throws Exception {
        Path base = Disks.random(directory.resolve("base"), SIZE, 2);
        Path top = directory.resolve("top");
        String name = "json:{\"driver\":\"raw\",\"file\":{\"driver\":\"file\",\"filename\":\"" + base + "\"}}";
        Disks.run("qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", name, top.toString());

        List<ImageInfo> chain = real.layers().chain(Image.qcow2(top));

        assertThat(chain).hasSize(2);
        assertThat(chain.get(1).virtualSize()).isEqualTo(SIZE);
    }

    private Path qcow2(String name) throws Exception {
        Path path = directory.resolve(name);
        Disks.run("qemu-img", "create", "-q", "-f", "qcow2", path.toString(), "4M");
        return path;
    }

    /** The files of this host, with a note of what is read. */
    private record Watched(HostFiles files, List<Path> read) implements HostFiles {

        @Override
        public FileStatus status(Path path) throws InterruptedException {
            return files.status(path);
        }

        @Override
        public byte[] read(Path path, long offset, int count) throws InterruptedException {
            read.add(path);
            return files.read(path, offset, count);
        }

        @Override
        public void create(Path path) throws InterruptedException {
            files.create(path);
        }

        @Override
        public void publish(Path from, Path to) throws InterruptedException {
            files.publish(from, to);
        }

        @Override
        public void remove(Path path) throws InterruptedException {
            files.remove(path);
        }

        @Override
        public List<String> list(Path folder) throws InterruptedException {
            return files.list(folder);
        }
    }
}
