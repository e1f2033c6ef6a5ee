package io.hvkit.kvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.hvkit.core.ByteSize;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.MachineId;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.DiskMove;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.Persistence;
import io.hvkit.hypervisor.spi.StopMode;
import io.hvkit.kvm.internal.xml.Place;
import io.hvkit.kvm.internal.xml.SecretXml;
import io.hvkit.qemu.CommandRunner;
import io.hvkit.qemu.CryptSetup;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.testkit.Await;
import io.hvkit.testkit.canary.Canary;
import io.hvkit.testkit.canary.Scan;
import io.hvkit.testkit.guest.GuestConsole;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class SecretsIT extends HostedTest {

    private static final ByteSize SIZE = ByteSize.mebibytes(16);

    private final Secret key = Secret.random();
    private StoragePool pool;
    private Disk disk;
    private MachineSpec spec;
    private MachineId machine;

    @BeforeEach
    void prepare() throws InterruptedException {
        pool = host.pool("pool");
        disk = host.disk(pool, ImageFormat.LUKS, SIZE, List.of(key));
        spec = host.spec(disk, WRITING);
        machine = new MachineId(spec.name());
    }

    @AfterEach
    void wipe() {
        key.close();
    }

    @Test
    void a_key_that_is_wiped_before_its_machine_starts_starts_nothing_and_leaves_nothing() throws InterruptedException {
        Secret wiped = Secret.random();
        MachineSpec locked = host.respec(spec, disk(disk, wiped));
        wiped.close();

        assertThatIllegalStateException().isThrownBy(() -> host.hypervisor().start(locked));

        assertThat(host.hypervisor().find(machine)).isEmpty();
        assertThat(host.secrets()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"TRANSIENT", "PERSISTENT"})
    void a_wrong_key_starts_nothing_and_leaves_nothing(String persistence) throws InterruptedException {
        try (Secret wrong = Secret.random()) {
            MachineSpec locked = host.spec(
                            Disk.of(disk.volume(), disk.attachment(), disk.format())
                                    .unlockedBy(wrong),
                            WRITING)
                    .keptAs(Persistence.valueOf(persistence));

            refuses(Failure.BAD_CREDENTIALS, () -> host.hypervisor().start(locked));

            assertThat(host.hypervisor().find(new MachineId(locked.name()))).isEmpty();
            assertThat(host.secrets()).isEmpty();
            assertThat(host.start(spec)).as("the right key still opens it").isEqualTo(machine);
        }
    }

    @Test
    void secrets_come_back_when_the_daemon_restarts_and_go_when_the_guest_ends_by_itself() throws InterruptedException {
        spec = host.spec(disk, WRITING.endingAfter(3200).thenPoweringOff());
        host.hypervisor().keysFrom(volume -> volume.equals(disk.volume()) ? Optional.of(key.copy()) : Optional.empty());
        GuestConsole console = host.startWriting(spec, 32);
        List<String> before = host.secrets();

        HOST.host().stopDaemon();
        HOST.host().startDaemon();

        Await.until(
                "the secret is back", TestHost.PATIENCE, () -> host.secrets().equals(before));
        assertThat(before).hasSize(1);
        assertThat(host.virsh("secret-dumpxml", before.get(0))).contains("ephemeral='yes'", "private='yes'");
        console.awaitDone(TestHost.PATIENCE);
        Await.until(
                "its secret is gone", TestHost.PATIENCE, () -> host.secrets().isEmpty());
    }

    /** A connection that is closed hears of no end, as a process that was killed does not. */
    @Test
    void what_a_process_that_died_has_left_goes_once_it_is_needed_by_nothing_and_nothing_else_goes() throws Exception {
        Disk running = host.disk(pool, ImageFormat.LUKS, SIZE, List.of(key));
        Disk soon = host.disk(pool, ImageFormat.LUKS, SIZE, List.of(key));
        try (Hypervisor dead = host.connect()) {
            for (Disk each : List.of(disk, soon, running)) {
                dead.start(MachineSpec.named("of-" + each.volume().value()).with(each));
            }
        }
        host.undoLater(() ->
                host.hypervisor().stop(new MachineId("of-" + running.volume().value()), StopMode.POWER_OFF));
        host.virsh("destroy", "of-" + disk.volume().value());
        host.virsh("destroy", "of-" + soon.volume().value());
        String foreign = foreignSecret();
        String needed = secretOf(running);
        String awaited = secretOf(soon);
        assertThat(host.secrets()).hasSize(4);

        Path value = folder.resolve("value");
        key.<Path, IOException>withArray(bytes -> Files.write(value, bytes));
        try (Hypervisor next = host.connect(Map.of("secret-grace", "PT4S"))) {
            assertThat(next.list()).hasSize(1);
            Await.until("the secret of the machine that ended is gone", TestHost.PATIENCE, () -> {
                host.virsh("secret-set-value", awaited, "--file", value.toString(), "--plain");
                return !host.secrets().contains(secretOf(disk));
            });
            assertThat(host.secrets()).containsExactlyInAnyOrder(foreign, needed, awaited);
            Await.until(
                    "nobody sets its value any more",
                    TestHost.PATIENCE,
                    () -> host.secrets().size() == 2);
            host.virsh("destroy", "of-" + running.volume().value());
            Await.until(
                    "its machine ended later",
                    TestHost.PATIENCE,
                    () -> host.secrets().equals(List.of(foreign)));
        } finally {
            Files.delete(value);
        }
    }

    private static String secretOf(Disk of) {
        return SecretXml.of(of.volume(), Place.of(of.attachment())).id().toString();
    }

    private String foreignSecret() throws IOException, InterruptedException {
        String foreign = UUID.randomUUID().toString();
        Path description = folder.resolve("secret.xml");
        Files.writeString(
                description,
                "<secret ephemeral='yes' private='yes'><uuid>" + foreign
                        + "</uuid><usage type='volume'><volume>hvkit:other</volume></usage></secret>");
        host.virsh("secret-define", description.toString());
        host.undoLater(() -> host.virsh("secret-undefine", foreign));
        return foreign;
    }

    @Test
    void a_key_source_named_after_the_secrets_were_lost_brings_them_back() throws InterruptedException {
        host.start(spec);
        List<String> before = host.secrets();
        host.virsh("secret-undefine", before.get(0));

        host.hypervisor().keysFrom(volume -> Optional.of(key.copy()));

        Await.until(
                "the secret is back", TestHost.PATIENCE, () -> host.secrets().equals(before));
    }

    @Test
    void a_key_source_that_gives_a_wrong_key_stores_nothing_and_costs_neither_connection_nor_secret() throws Exception {
        Disk other = host.disk(pool, ImageFormat.LUKS, SIZE, List.of(key));
        AtomicInteger given = new AtomicInteger();
        try (Hypervisor own = host.connect()) {
            host.undoLater(() -> host.hypervisor().stop(machine, StopMode.POWER_OFF));
            host.undoLater(() -> host.hypervisor().stop(new MachineId("other"), StopMode.POWER_OFF));
            own.start(MachineSpec.named("other").with(other));
            own.start(spec);
            List<String> before = host.secrets();
            HOST.host().killDaemon();
            own.keysFrom(volume -> {
                given.incrementAndGet();
                return Optional.of(volume.equals(other.volume()) ? key.copy() : Secret.random());
            });
            HOST.host().startDaemon();

            assertThat(own.find(machine)).isPresent();
            assertThat(given).hasValueGreaterThanOrEqualTo(2);
            assertThat(host.secrets()).as("that of the other machine").hasSize(1);
            own.keysFrom(volume -> Optional.of(key.copy()));
            Await.until(
                    "the secret is back",
                    TestHost.PATIENCE,
                    () -> host.secrets().size() == 2);
            assertThat(host.secrets()).containsExactlyInAnyOrderElementsOf(before);
        }
        requireSecretOpensDisk();
    }

    @Test
    void a_key_source_that_fails_does_not_cost_the_connection() throws InterruptedException {
        host.start(spec);
        host.hypervisor().keysFrom(volume -> {
            throw new IllegalStateException("the vault is down");
        });

        HOST.host().stopDaemon();
        HOST.host().startDaemon();

        assertThat(host.hypervisor().find(machine)).isPresent();
        assertThat(host.secrets()).isEmpty();
    }

    @Test
    void after_a_restart_secrets_are_back_before_the_next_call_needs_them_and_only_those_whose_keys_are_known()
            throws InterruptedException {
        Disk forgotten = host.disk(pool, ImageFormat.LUKS, SIZE, List.of(key));
        Disk failing = host.disk(pool, ImageFormat.LUKS, SIZE, List.of(key));
        host.start(MachineSpec.named("keyed").with(disk).with(forgotten).with(failing));
        host.start(MachineSpec.named("keyless").with(host.disk(pool, ImageFormat.RAW, SIZE, List.of())));
        assertThat(host.secrets()).hasSize(3);
        List<VolumeId> asked = new CopyOnWriteArrayList<>();
        host.hypervisor().keysFrom(volume -> {
            asked.add(volume);
            if (volume.equals(failing.volume())) {
                throw new IllegalStateException("the vault is down");
            }
            return volume.equals(disk.volume()) ? Optional.of(key.copy()) : Optional.empty();
        });

        HOST.host().killDaemon();
        HOST.host().startDaemon();
        host.hypervisor().list();

        assertThat(host.secrets()).hasSize(1);
        assertThat(host.virsh("secret-dumpxml", host.secrets().get(0)))
                .contains(disk.volume().value());
        assertThat(asked).contains(disk.volume(), forgotten.volume(), failing.volume());
        Disk plain = host.disk(pool, ImageFormat.RAW, SIZE, List.of());
        host.hypervisor().hotPlug().orElseThrow().attach(new MachineId("keyed"), plain);
        host.hypervisor().keysFrom(volume -> Optional.of(key.copy()));
        Await.until("all are back", TestHost.PATIENCE, () -> host.secrets().size() == 3);
    }

    @Test
    void an_equal_request_brings_a_lost_secret_back() throws InterruptedException {
        host.start(spec);
        String lost = host.secrets().get(0);
        host.virsh("secret-undefine", lost);

        host.hypervisor().start(spec);

        assertThat(host.secrets()).containsExactly(lost);
    }

    @Test
    void a_secret_that_holds_an_old_value_is_given_the_new_one() throws InterruptedException {
        try (Secret stale = Secret.random()) {
            MachineSpec wrong = MachineSpec.named(spec.name())
                    .with(Disk.of(disk.volume(), disk.attachment(), disk.format())
                            .unlockedBy(stale));
            refuses(Failure.BAD_CREDENTIALS, () -> host.hypervisor().start(wrong));
        }

        assertThat(host.start(spec)).isEqualTo(machine);
    }

    @ParameterizedTest
    @ValueSource(strings = {"STORED", "LOST"})
    void a_wrong_key_in_an_equal_request_leaves_the_secret_that_works_alone(String secret) throws Exception {
        try (Secret wrong = Secret.random();
                Hypervisor own = host.connect()) {
            host.undoLater(() -> host.hypervisor().stop(machine, StopMode.POWER_OFF));
            own.start(spec);
            String id = host.secrets().get(0);
            if (secret.equals("LOST")) {
                host.virsh("secret-undefine", id);
            }

            refuses(Failure.BAD_CREDENTIALS, () -> own.start(host.respec(spec, disk(disk, wrong))));
            refuses(Failure.BAD_CREDENTIALS, () -> own.hotPlug().orElseThrow().attach(machine, disk(disk, wrong)));

            own.start(spec);
            assertThat(host.secrets()).containsExactly(id);
        }
        requireSecretOpensDisk();
    }

    @Test
    void another_machine_with_a_wrong_key_for_the_same_disk_leaves_the_secret_that_works_alone() throws Exception {
        try (Secret wrong = Secret.random();
                Hypervisor own = host.connect()) {
            host.undoLater(() -> host.hypervisor().stop(machine, StopMode.POWER_OFF));
            own.start(spec);
            MachineSpec thief = MachineSpec.named("thief").with(disk(disk, wrong));

            refuses(Failure.BAD_CREDENTIALS, () -> own.start(thief));
            refuses(Failure.IN_USE, () -> own.start(MachineSpec.named("thief").with(disk)));
        }
        requireSecretOpensDisk();
    }

    @Test
    void a_key_that_was_added_while_the_machine_runs_takes_the_place_of_the_old_one() throws Exception {
        try (Secret added = Secret.random();
                Hypervisor own = host.connect()) {
            host.undoLater(() -> host.hypervisor().stop(machine, StopMode.POWER_OFF));
            own.start(spec);
            CryptSetup cryptSetup = CryptSetup.probe(CommandRunner.local());
            cryptSetup.addKey(TestHost.file(disk), key, added);

            own.start(host.respec(spec, disk(disk, added)));
            cryptSetup.removeKey(TestHost.file(disk), key, added);
        }
        requireSecretOpensDisk();
    }

    /** Starts the machine once more, by libvirt's own tool, with the secret that libvirt has. */
    private void requireSecretOpensDisk() throws Exception {
        Path description = folder.resolve("same.xml");
        Files.writeString(description, host.virsh("dumpxml", machine.value()));
        host.virsh("destroy", machine.value());
        host.virsh("create", description.toString());
        assertThat(host.hypervisor().find(machine)).isPresent();
    }

    @Test
    void a_passphrase_is_in_no_file_argument_environment_or_description() throws InterruptedException {
        try (Canary canary = Canary.planted(key)) {
            host.start(spec);

            Scan scan = canary.scanFiles(folder)
                    .and(canary.scanFiles(HOST.host().folder()))
                    .and(canary.scanProcesses())
                    .and(canary.scanText("domain", host.virsh("dumpxml", "--security-info", machine.value())))
                    .and(canary.scanText(
                            "secret",
                            host.virsh("secret-dumpxml", host.secrets().get(0))))
                    .and(canary.scanText("machine", spec + " " + disk + " " + key));

            assertThat(scan.findings()).isEmpty();
            assertThat(scan.files()).isPositive();
            assertThat(scan.processes()).isPositive();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 512})
    void a_passphrase_of_any_length_opens_its_disk(int length) throws InterruptedException {
        byte[] text = "x".repeat(length).getBytes(StandardCharsets.US_ASCII);
        try (Secret passphrase = Secret.copyOf(text)) {
            Disk first = host.disk(pool, ImageFormat.LUKS, SIZE, List.of(passphrase));
            Disk second = host.disk(pool, ImageFormat.QCOW2, SIZE, List.of(passphrase));

            MachineSpec both = host.spec(first, WRITING).with(second);
            host.startWriting(both, 16);

            assertThat(host.secrets()).hasSize(2);
        }
    }

    @Test
    void a_secret_that_somebody_else_made_outlives_a_machine_that_used_it() throws Exception {
        String foreign = startWithForeignSecret();

        host.hypervisor().stop(machine, StopMode.POWER_OFF);

        assertThat(host.secrets()).containsExactly(foreign);
    }

    @Test
    void a_secret_that_somebody_else_made_outlives_a_move_to_another_disk() throws Exception {
        String foreign = startWithForeignSecret();
        Disk target = host.disk(host.pool("target"), ImageFormat.LUKS, SIZE, List.of(key));

        host.migration()
                .start(machine, disk.volume(), DiskMove.to(target))
                .await(TestHost.PATIENCE)
                .orElseThrow()
                .orThrow();

        assertThat(host.secrets()).hasSize(2).contains(foreign);
    }

    /** Starts the machine as another program would: the same description, with a secret of its own. */
    private String startWithForeignSecret() throws InterruptedException, IOException {
        String foreign = UUID.randomUUID().toString();
        Path description = folder.resolve("secret.xml");
        Files.writeString(description, "<secret ephemeral='yes' private='yes'><uuid>" + foreign + "</uuid></secret>");
        host.virsh("secret-define", description.toString());
        host.undoLater(() -> host.virsh("secret-undefine", foreign));
        host.start(spec);
        String own = host.secrets().stream()
                .filter(id -> !id.equals(foreign))
                .findFirst()
                .orElseThrow();
        String xml = host.virsh("dumpxml", machine.value()).replace(own, foreign);
        host.hypervisor().stop(machine, StopMode.POWER_OFF);
        Path value = folder.resolve("value");
        key.<Path, IOException>withArray(bytes -> Files.write(value, bytes));
        host.virsh("secret-set-value", foreign, "--file", value.toString(), "--plain");
        Files.delete(value);
        host.virsh(
                "create", Files.writeString(folder.resolve("domain.xml"), xml).toString());
        host.undoLater(() -> host.hypervisor().stop(machine, StopMode.POWER_OFF));
        return foreign;
    }

    private static Disk disk(Disk like, Secret secret) {
        return Disk.of(like.volume(), like.attachment(), like.format()).unlockedBy(secret);
    }
}
