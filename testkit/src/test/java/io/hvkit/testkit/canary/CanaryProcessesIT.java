package io.hvkit.testkit.canary;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.Secret;
import io.hvkit.testkit.canary.Finding.Form;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("every-java")
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class CanaryProcessesIT {

    @Test
    void a_secret_in_the_command_line_of_a_child_is_found_until_it_ends() throws Exception {
        try (Secret secret = Secret.random();
                Canary canary = Canary.planted(secret)) {
            assertThat(canary.scanProcesses().findings()).isEmpty();

            String base64 = secret.withArray(bytes -> Base64.getEncoder().encodeToString(bytes));
            Process child = started(new ProcessBuilder("bash", "-c", "echo up; read -r line", "--key=" + base64));
            try {
                Scan scan = canary.scanProcesses();
                assertThat(scan.findings()).extracting(Finding::form).containsExactly(Form.BASE64);
                assertThat(scan.findings().get(0).where()).startsWith("the command line of process " + child.pid());
            } finally {
                ended(child);
            }

            Scan after = canary.scanProcesses();
            assertThat(after.findings()).isEmpty();
            assertThat(after.clean()).isTrue();
            assertThat(after.processes()).isGreaterThan(1);
        }
    }

    @Test
    void a_secret_in_the_environment_of_a_child_is_found() throws Exception {
        try (Secret secret = Secret.random();
                Canary canary = Canary.planted(secret)) {
            ProcessBuilder builder = new ProcessBuilder("bash", "-c", "echo up; read -r line");
            builder.environment().put("KEY", secret.withArray(bytes -> new String(bytes, StandardCharsets.US_ASCII)));
            Process child = started(builder);
            try {
                List<Finding> findings = canary.scanProcesses().findings();
                assertThat(findings).extracting(Finding::form).containsExactly(Form.RAW);
                assertThat(findings.get(0).where()).startsWith("the environment of process " + child.pid());
            } finally {
                ended(child);
            }
        }
    }

    /** Returns the child once it runs its own program: until then /proc shows the command line of the one that started it. */
    private static Process started(ProcessBuilder builder) throws Exception {
        Process child = builder.start();
        assertThat(child.inputReader().readLine()).isEqualTo("up");
        return child;
    }

    private static void ended(Process child) throws Exception {
        child.getOutputStream().close();
        assertThat(child.waitFor(10, TimeUnit.SECONDS)).isTrue();
    }
}
