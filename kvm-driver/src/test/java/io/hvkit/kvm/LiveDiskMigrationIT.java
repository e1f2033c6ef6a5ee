package io.hvkit.kvm;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.MachineId;
import io.hvkit.core.Secret;
import io.hvkit.hypervisor.spi.BlockJob;
import io.hvkit.hypervisor.spi.BlockJobVerdict;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.DiskMove;
import io.hvkit.hypervisor.spi.MachineDisk;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.Persistence;
import io.hvkit.qemu.Image;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.testkit.guest.GuestConsole;
import io.hvkit.testkit.guest.GuestExtension;
import io.hvkit.testkit.guest.GuestWork;
import io.hvkit.testkit.libvirt.PrivateHostExtension;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class LiveDiskMigrationIT {

    private static final ByteSize SIZE = ByteSize.mebibytes(64);
    private static final GuestWork WRITING = GuestWork.writing().inBatchesOf(16).striding(97);

    @RegisterExtension
    static final PrivateHostExtension HOST = PrivateHostExtension.perClass();

    @RegisterExtension
    static final GuestExtension GUEST = GuestExtension.shared();

    @TempDir
    private Path folder;

    private TestHost host;

    @BeforeEach
    void connect() throws InterruptedException {
        host = new TestHost(HOST.host(), GUEST.guest(), folder);
    }

    @AfterEach
    void undo() {
        host.close();
    }

    @ParameterizedTest
    @EnumSource(Persistence.class)
    void an_encrypted_disk_moves_to_a_new_key_while_the_guest_writes(Persistence persistence)
            throws InterruptedException {
        try (Secret oldKey = Secret.random();
                Secret newKey = Secret.random()) {
            StoragePool fast = host.pool("fast");
            StoragePool big = host.pool("big");
            Disk source = host.disk(fast, ImageFormat.QCOW2, SIZE, List.of(oldKey));
            Disk target = host.disk(big, ImageFormat.LUKS, SIZE, List.of(newKey));
            MachineSpec spec = host.spec(source, WRITING).keptAs(persistence);
            GuestConsole console = host.startWriting(spec, 300);
            MachineId machine = new MachineId(spec.name());

            BlockJob job = host.migration()
                    .start(machine, source.volume(), DiskMove.to(target).limitedTo(ByteSize.mebibytes(24)));

            assertThat(job.await(TestHost.PATIENCE)).contains(new BlockJobVerdict.Succeeded(List.of()));
            console.awaitAcknowledged(console.acknowledged() + 300, TestHost.PATIENCE);
            assertThat(host.hypervisor().find(machine).orElseThrow().disks())
                    .containsExactly(new MachineDisk(target.volume(), target.attachment()));
            Path file = ((Attachment.ImageFile) target.attachment()).path();
            assertThat(host.stopAndCheck(spec, Image.luks(file).unlockedBy(newKey)))
                    .satisfies(check ->
                            assertThat(check.holds()).as(check.toString()).isTrue());
        }
    }
}
