package io.hvkit.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.hvkit.core.ByteSize;
import io.hvkit.core.Secret;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The seeds that fuzzing starts from where programs are read are what the programs really print: a later one may say more, never
 * less. What once broke a reader lies beside them. To write them anew, run this test with {@code -Dhvkit.seeds=write}.
 */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ReportSeedsIT {

    private static final Path SEEDS = Path.of("src/test/resources/io/hvkit/qemu");
    private static final Path REPORTS = SEEDS.resolve("QemuImgReportFuzzTestInputs");
    private static final Path ANSWERS = SEEDS.resolve("SshFilesFuzzTestInputs");

    @TempDir
    private Path directory;

    private final Map<Path, String> seeds = new LinkedHashMap<>();
    private QemuImg qemuImg;
    private String said = "";

    @BeforeEach
    void probe() throws Exception {
        CommandRunner local = CommandRunner.local();
        qemuImg = QemuImg.probe(command -> {
            CommandResult result = local.run(command);
            said = result.output();
            return result;
        });
    }

    @Test
    void reports_say_at_least_what_the_seeds_say() throws Exception {
        Image base = Image.raw(Disks.random(directory.resolve("base"), ByteSize.mebibytes(1), 1));
        Image image = Image.qcow2(directory.resolve("image"));
        qemuImg.create(image, ByteSize.mebibytes(1));
        String backwards = "write -q 512k 64k"; // clusters that follow each other on the disk and not in the file
        Disks.run("qemu-io", "-f", "qcow2", "-c", backwards, "-c", "write -q 448k 64k", image.place());
        qemuImg.snapshots(image).take("s");
        qemuImg.bitmaps(image).add("b");
        Image overlay = Image.qcow2(directory.resolve("overlay"));
        Disks.run("qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", base.place(), overlay.place());

        qemuImg.whileInUse().info(image);
        keep("a_report_is_read_or_refused", "snapshot-and-bitmap");
        try (Secret key = Secret.random()) {
            Image encrypted = Image.qcow2(directory.resolve("encrypted"));
            qemuImg.create(encrypted.unlockedBy(key), ByteSize.mebibytes(1));
            qemuImg.whileInUse().info(encrypted);
            keep("a_report_is_read_or_refused", "encrypted");
        }
        said = Disks.run("qemu-img", "info", "--output=json", "--backing-chain", "-f", "qcow2", overlay.place());
        assertThat(QemuImgReport.chain(overlay, said)).hasSize(2);
        keep("every_other_report_is_read_or_refused", "chain");
        qemuImg.measure(CreateRequest.of(Image.qcow2(directory.resolve("target"))), image);
        keep("every_other_report_is_read_or_refused", "measure");
        assertThat(qemuImg.compare(base, Image.raw(Disks.random(directory.resolve("other"), ByteSize.mebibytes(1), 2))))
                .isInstanceOf(Comparison.DifferentAt.class);
        keep("every_other_report_is_read_or_refused", "compare");
        qemuImg.map(MapRequest.of(overlay), extent -> {});
        keep("a_map_is_read_to_its_end_or_refused", "map");
        seeds.put(
                REPORTS.resolve("every_other_report_is_read_or_refused").resolve("extent"),
                said.substring(1, said.indexOf('}') + 1));
        qemuImg.check(image);
        keep("every_other_report_is_read_or_refused", "check");
        try (RandomAccessFile file = new RandomAccessFile(image.requirePath().toFile(), "rw")) {
            file.seek(48);
            file.seek(file.readLong());
            file.seek(file.readLong());
            file.writeShort(0); // nobody refers to the header, it says
        }
        qemuImg.check(image);
        keep("every_other_report_is_read_or_refused", "check-corrupt");

        assertThat(seeds).hasSize(9);
        for (Map.Entry<Path, String> seed : seeds.entrySet()) {
            assertThat(words(seed.getValue())).as("%s", seed.getKey()).containsAll(words(read(seed)));
        }
    }

    @Test
    void the_help_of_a_program_has_what_its_seeds_have() throws Exception {
        String help = Disks.run("qemu-img", "--help");
        Path seed = SEEDS.resolve("QemuImgProbeFuzzTestInputs/help_is_read_or_refused/version-and-formats");
        int formats = help.indexOf("Supported formats:");
        seeds.put(seed, help.lines().findFirst().orElseThrow() + "\n\n" + help.substring(formats) + "\n");

        for (Map.Entry<Path, String> entry : seeds.entrySet()) {
            assertThat(entry.getValue().split("\\s+")).contains(read(entry).split("\\s+"));
        }
    }

    /** The scripts are run here, by the shell that a host of the same make has. */
    @Test
    void files_answer_in_the_words_of_the_seeds() throws Exception {
        CommandRunner local = CommandRunner.local();
        HostFiles files = new SshFiles(command -> {
            CommandResult result = local.run(command);
            said = result.output();
            return result;
        });
        Path file = Files.write(directory.resolve("file"), new byte[100]);
        Path link = Files.createSymbolicLink(directory.resolve("link"), directory.resolve("nothing"));
        for (Map.Entry<String, Path> looked : Map.of(
                        "file",
                        file,
                        "folder",
                        directory,
                        "broken-link",
                        link,
                        "pipe",
                        Path.of("/dev/null"),
                        "nothing",
                        directory.resolve("nothing"))
                .entrySet()) {
            files.status(looked.getValue());
            answer("a_status_is_read_or_refused", looked.getKey());
        }
        assertThat(files.read(file, 0, 4096)).hasSize(100);
        answer("bytes_are_as_many_as_were_asked_for_at_the_most", "zeroes");
        assertThat(files.list(directory)).hasSize(2);
        answer("names_lead_nowhere_but_into_their_folder", "two");

        assertThat(seeds).hasSize(7);
        for (Map.Entry<Path, String> seed : seeds.entrySet()) {
            assertThat(withoutNumbers(seed.getValue())).as("%s", seed.getKey()).isEqualTo(withoutNumbers(read(seed)));
        }
    }

    private void keep(String method, String name) {
        seeds.put(REPORTS.resolve(method).resolve(name), said);
    }

    private void answer(String method, String name) {
        seeds.put(ANSWERS.resolve(method).resolve(name), said);
    }

    private String read(Map.Entry<Path, String> seed) throws Exception {
        if (System.getProperty("hvkit.seeds", "").equals("write")) {
            Files.createDirectories(seed.getKey().getParent());
            Files.writeString(seed.getKey(), seed.getValue().replace(directory.toString(), "/pool"));
        }
        return Files.readString(seed.getKey());
    }

    /** Which fields a report has, and of which kind; of one that is no JSON, its text without numbers. */
    private static Set<String> words(String report) throws Exception {
        String text = report.strip();
        if (!text.startsWith("{") && !text.startsWith("[")) {
            return text.lines().map(ReportSeedsIT::withoutNumbers).collect(Collectors.toSet());
        }
        Set<String> words = new TreeSet<>();
        collect("", JsonMapper.builder().build().readTree(text), words);
        return words;
    }

    private static void collect(String at, JsonNode node, Set<String> words) {
        words.add(at + " " + node.getNodeType());
        for (Map.Entry<String, JsonNode> field : node.properties()) {
            collect(at + "/" + field.getKey(), field.getValue(), words);
        }
        if (node.isArray()) {
            for (JsonNode element : node) {
                collect(at + "[]", element, words);
            }
        }
    }

    private static String withoutNumbers(String text) {
        return text.replaceAll("[0-9a-f]+", "0");
    }
}
