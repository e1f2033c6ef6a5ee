package io.hvkit.powerflex.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("every-java")
class ProgramIT {

    @TempDir
    Path folder;

    /** Returns what the gateway answers to OpenSSL, which checks the certificate as programs in other languages do. */
    private static String askByOpenSsl(RunningProgram told, String path, String authorization) throws Exception {
        String port = told.of("gateway").replaceAll(".*:", "");
        String request = "GET " + path + " HTTP/1.0\r\nAuthorization: " + authorization + "\r\n\r\n";
        Process process = new ProcessBuilder(List.of(
                        "openssl",
                        "s_client",
                        "-quiet",
                        "-ign_eof",
                        "-connect",
                        "localhost:" + port,
                        "-CAfile",
                        told.of("certificate"),
                        "-verify_return_error",
                        "-verify_hostname",
                        "localhost"))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        process.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().flush();
        String answer = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.getOutputStream().close();
        return answer.substring(answer.indexOf("\r\n\r\n") + 4);
    }

    @Test
    void a_client_on_another_tls_trusts_the_certificate_and_an_interrupt_ends_it_cleanly() throws Exception {
        RunningProgram told = RunningProgram.start("--system", "east", "--system", "west", "--version", "3.6");
        try {
            assertThat(told.of("gateway")).startsWith("https://localhost:");
            String account = Client.basic(told.of("user"), told.of("password"));
            String token =
                    Client.basic("", askByOpenSsl(told, "/api/login", account).replace("\"", ""));
            assertThat(askByOpenSsl(told, "/api/version", token)).isEqualTo("\"3.6\"");
            assertThat(askByOpenSsl(told, "/api/types/System/instances", token)).contains("\"name\":\"west\"");
            assertThat(askByOpenSsl(told, "/simulator", "")).contains("\"version\":\"3.6\"");
        } finally {
            Programs.run("kill", "-INT", String.valueOf(told.process().pid()));
        }
        assertThat(told.process().waitFor()).isEqualTo(130);
        assertThat(Path.of(told.of("certificate")).resolve("..").normalize()).doesNotExist();
    }

    @Test
    void nothing_outlives_a_killed_process() throws Exception {
        RunningProgram told = RunningProgram.start("--http", "--loop-devices", "--host", "only");
        Path home = Path.of(told.of("devices")).resolve("../../..").normalize();
        mapped(told);
        assertThat(loops()).contains(home.toString());
        told.kill();
        Programs.await("the folder is gone", () -> !Files.exists(home));
        assertThat(loops()).doesNotContain(home.toString());
    }

    @Test
    void a_killed_process_is_followed_by_one_that_has_all_volumes_and_devices() throws Exception {
        String[] options = {"--http", "--loop-devices", "--host", "only", "--directory", folder.toString()};
        RunningProgram told = RunningProgram.start(options);
        String volume = mapped(told);
        Path device = device(told, volume);
        Programs.run("qemu-io", "-f", "raw", "-c", "write -P 9 2G 64k", "-c", "flush", device.toString());
        told.kill();
        RunningProgram next = RunningProgram.start(options); // at once: what the last one left is being taken away
        try {
            Programs.await("the device is there again", () -> Files.exists(device));
            assertThat(Programs.run("qemu-io", "-f", "raw", "-c", "read -P 9 2G 64k", device.toString()))
                    .doesNotContain("verification failed");
            assertThat(next.ask("/api/instances/Volume::" + volume, next.login(), ""))
                    .contains("\"sdcIp\":\"192.168.10.11\"");
        } finally {
            next.kill();
        }
        Programs.await("no device is left", () -> !loops().contains(folder.toString()) && !Programs.isLink(device));
    }

    /** Makes a volume for the only host, waits for its device and returns its id. */
    private static String mapped(RunningProgram told) throws Exception {
        String token = told.login();
        String key = "{'name':'pool1','protectionDomainName':'domain1'}";
        String pool = told.ask("/api/types/StoragePool/instances/action/queryIdByKey", token, key);
        String made =
                told.ask("/api/types/Volume/instances", token, "{'volumeSizeInGb':'8','storagePoolId':" + pool + "}");
        String volume = made.replaceAll(".*\"([0-9a-f]{16})\".*", "$1");
        String host = "{'guid':'" + SimulatedHost.guidOf("only") + "'}";
        told.ask("/api/instances/Volume::" + volume + "/action/addMappedSdc", token, host);
        Programs.await("a device", () -> Files.exists(device(told, volume)));
        return volume;
    }

    private static Path device(RunningProgram told, String volume) {
        return Path.of(told.of("devices"))
                .resolve("emc-vol-" + told.of("system").split(", ", -1)[1] + "-" + volume);
    }

    private static String loops() {
        try {
            return Programs.run("losetup", "--list", "--output", "BACK-FILE");
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void pools_of_all_kinds_and_times_are_options() throws Exception {
        RunningProgram told = RunningProgram.start(
                "--http",
                "--pool",
                "fast",
                "--pool",
                "d2/dense:fine",
                "--pool",
                "bare:unpadded",
                "--pool",
                "next:erasure-coding",
                "--time",
                "migration=3600",
                "--time",
                "device-appears=0.5");
        try {
            String token = told.login();
            assertThat(told.ask("/api/types/StoragePool/instances", token, ""))
                    .contains("\"name\":\"fast\"", "FineGranularity", "\"zeroPaddingEnabled\":false");
            assertThat(told.ask("/api/types/ProtectionDomain/instances", token, ""))
                    .contains("\"name\":\"d2\"", "\"genType\":\"EC\"");
        } finally {
            told.kill();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--nonsense | there is no option '--nonsense'; see --help",
                "--pool=a/b/c | there is no option '--pool=a/b/c'; see --help",
                "--pool a/b/c | 'a/b/c' is no pool; write [DOMAIN/]NAME, and :fine, :unpadded or :erasure-coding behind it",
                "--time removal=soon | 'removal=soon' is no time; write one of device-appears, device-vanishes, removal,"
                        + " migration-starts, migration, graceful-pause, forceful-pause, token-life, token-idle,"
                        + " access-token-life with =SECONDS behind it"
            })
    void an_option_that_is_not_understood_ends_it_with_a_word(String options, String word) throws Exception {
        Process process = RunningProgram.launch(options.split(" ", -1));
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).isEqualTo(2);
        assertThat(output).isEqualTo("powerflex-simulator: " + word + "\n");
    }
}
