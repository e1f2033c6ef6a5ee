package io.hvkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.hvkit.core.ByteSize;
import io.hvkit.core.Secret;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Tag("drawn")
class WeirdPathIT {

    private static final ByteSize SIZE = ByteSize.mebibytes(1);

    @TempDir
    private Path directory;

    private QemuImg qemuImg;

    @BeforeEach
    void probe() throws Exception {
        qemuImg = QemuImg.probe(CommandRunner.local());
    }

    @ParameterizedTest(name = "{index}")
    @FieldSource("io.hvkit.qemu.WeirdNames#KNOWN")
    void every_operation_takes_any_name(String name) throws Exception {
        Path folder = Files.createDirectory(directory.resolve(name));
        Image source = Image.raw(Disks.random(folder.resolve(name), SIZE, 5));
        try (Secret key = Secret.random()) {
            Image qcow2 = Image.qcow2(folder.resolve(name + "2"));
            Image luks = Image.luks(folder.resolve(name + "3")).unlockedBy(key);
            Path copy = folder.resolve(name + "4");
            Disks.run("truncate", "-s", "3M", luks.requirePath().toString());
            CryptSetup.probe(CommandRunner.local()).format(luks.requirePath(), LuksType.LUKS1, key);

            qemuImg.create(qcow2, ByteSize.kibibytes(512));
            qemuImg.resize(qcow2, SIZE);
            qemuImg.convert(ConvertRequest.of(source, qcow2).onto(TargetState.EXISTS));
            qemuImg.convert(ConvertRequest.of(qcow2, luks).onto(TargetState.EXISTS));
            qemuImg.convert(ConvertRequest.of(luks, Image.raw(copy)).intoPlaintext());

            assertThat(Files.mismatch(source.requirePath(), copy)).isEqualTo(-1);
            assertThat(qemuImg.check(qcow2).verdict()).isEqualTo(CheckResult.Verdict.CLEAN);
            assertThat(qemuImg.compare(luks, qcow2).isIdentical()).isTrue();
            assertThat(LuksHeader.read(luks.requirePath())).isPresent();
            assertThat(CryptSetup.probe(CommandRunner.local()).unlocks(luks.requirePath(), key))
                    .isTrue();
            assertThat(Disks.names(folder)).hasSize(4);
        }
    }

    @Test
    void random_names_reach_qemu_as_they_are() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < Campaign.rounds(40); round++) {
            Path path = Files.createDirectory(directory.resolve(Integer.toString(round)))
                    .resolve(WeirdNames.random(random));
            ByteSize size = ByteSize.bytes(512L * (1 + random.nextInt(10_000)));
            qemuImg.create(Image.qcow2(path), size);

            QemuImageOptions options = QemuImageOptions.driver("qcow2").over(QemuImageOptions.file(path));
            List<List<String>> ways =
                    List.of(List.of("--image-opts", options.toOptionText()), List.of(options.toJson()));
            assertThat(path).as("seed %s, round %s", seed, round).exists();
            for (List<String> way : ways) {
                List<String> argv = new ArrayList<>(List.of("qemu-img", "info", "--output=json"));
                argv.addAll(way);
                assertThat(Disks.run(argv.toArray(String[]::new)))
                        .as("seed %s, round %s", seed, round)
                        .contains("\"virtual-size\": " + size.bytes());
            }
        }
    }

    @Test
    void random_names_may_lie_over_each_other() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        Image chain = Image.raw(Disks.random(directory.resolve(WeirdNames.random(random)), SIZE, 6));
        for (int round = 0; round < 20; round++) {
            Path path = Files.createDirectory(directory.resolve(Integer.toString(round)))
                    .resolve(WeirdNames.random(random));
            Disks.run("qemu-img", "create", "-q", "-f", "qcow2", path.toString(), "1M");
            chain = Image.qcow2(path).over(chain);
        }
        Path copy = directory.resolve("copy");

        qemuImg.convert(ConvertRequest.of(chain, Image.raw(copy)));

        assertThat(Files.mismatch(chain.layers().get(20).requirePath(), copy))
                .as("seed %s", seed)
                .isEqualTo(-1);
    }

    @Test
    void random_names_reach_a_running_qemu_as_they_are() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < Campaign.rounds(1); round++) {
            List<Path> paths = new ArrayList<>();
            for (int node = 0; node < 40; node++) {
                Path path = Files.createDirectory(directory.resolve(round + "-" + node))
                        .resolve(WeirdNames.random(random));
                paths.add(Files.write(path, new byte[512]));
            }

            List<String> opened = openedByOneDaemon(paths, seed);

            assertThat(opened)
                    .as("seed %s", seed)
                    .containsExactlyInAnyOrderElementsOf(
                            paths.stream().map(Path::toString).toList());
        }
    }

    /** One running qemu takes them all, and tells what it opened; a few at a time, so that its answer is not cut off. */
    private static List<String> openedByOneDaemon(List<Path> paths, long seed) throws Exception {
        List<String> argv =
                new ArrayList<>(List.of("qemu-storage-daemon", "--chardev", "stdio,id=c", "--monitor", "c"));
        for (Path path : paths) {
            String node = "n" + paths.indexOf(path);
            argv.addAll(List.of("--blockdev", QemuImageOptions.file(path).toBlockdevJson(node)));
        }
        String questions = "{'execute':'qmp_capabilities'}{'execute':'query-named-block-nodes'}{'execute':'quit'}";
        CommandResult result;
        try (Secret input = Disks.key(questions)) {
            result = CommandRunner.local().run(Command.of(argv).feeding(input));
        }
        assertThat(result.errors()).as("seed %s", seed).isEmpty();
        List<String> opened = new ArrayList<>();
        for (String line : result.output().lines().toList()) {
            new JsonMapper()
                    .readTree(line)
                    .path("return")
                    .forEach(node -> opened.add(node.path("file").asText()));
        }
        return opened;
    }

    @Test
    void names_beyond_ascii_work_in_a_utf_8_locale() throws Exception {
        assertThat(inJvm(List.of("env", "LC_ALL=C.UTF-8"), List.of(), "work")).isEqualTo("worked");
    }

    @Test
    void names_that_the_locale_cannot_hold_are_refused() throws Exception {
        Files.createFile(directory.resolve("pl\u00e4te"));

        assertThat(inJvm(List.of("env", "LC_ALL=C"), List.of(), "list"))
                .startsWith("INVALID_REQUEST")
                .contains("LC_ALL=C.UTF-8");
    }

    @Test
    void names_and_arguments_in_two_encodings_are_refused_or_agree() throws Exception {
        Files.createFile(directory.resolve("pl\u00e4te"));

        // From 18 on the JDK writes arguments like file names, whatever the default for texts is.
        assertThat(inJvm(List.of("env", "LC_ALL=C.UTF-8"), List.of("-Dfile.encoding=ISO-8859-1"), "list"))
                .startsWith(Runtime.version().feature() < 18 ? "INVALID_REQUEST" : "seen");
    }

    private String inJvm(List<String> environment, List<String> options, String deed) throws Exception {
        Path answer = directory.resolve("answer");
        List<String> argv = new ArrayList<>(environment);
        argv.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        argv.addAll(options);
        argv.addAll(List.of(
                "-cp",
                System.getProperty("java.class.path"),
                LocaleProgram.class.getName(),
                deed,
                directory.toString(),
                answer.toString()));
        Disks.run(argv.toArray(String[]::new));
        return Files.readString(answer, StandardCharsets.UTF_8);
    }
}
