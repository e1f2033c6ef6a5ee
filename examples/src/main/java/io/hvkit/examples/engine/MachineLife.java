package io.hvkit.examples.engine;

import io.hvkit.catalog.spi.MachineRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.TemplateCopyRecord;
import io.hvkit.catalog.spi.TemplateRecord;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Sha256;
import io.hvkit.engine.HvKit;
import io.hvkit.engine.job.Job;
import io.hvkit.engine.machine.MachineRequest;
import io.hvkit.engine.machine.ReinstallRequest;
import io.hvkit.engine.template.CaptureRequest;
import io.hvkit.engine.template.TemplateRequest;
import io.hvkit.engine.volume.MoveRequest;
import io.hvkit.engine.volume.VolumeRequest;
import io.hvkit.examples.console.ProofTable;
import io.hvkit.hypervisor.spi.KernelBoot;
import io.hvkit.hypervisor.spi.StopMode;
import io.hvkit.testkit.guest.Guest;
import io.hvkit.testkit.guest.GuestConsole;
import io.hvkit.testkit.guest.GuestWork;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The life of a machine that an engine looks after, from the template that its root begins with to the template that is made of it. Each step
 * is a method that needs the ones before it, so that others may be put in between.
 */
final class MachineLife {

    private static final ByteSize SIZE = ByteSize.mebibytes(16);
    private static final ByteSize GROWN = ByteSize.mebibytes(24);
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final HvKit hvkit;
    private final Town town;
    private final Path console;
    private final ProofTable proofs;

    MachineLife(HvKit hvkit, Town town, Path console, ProofTable proofs) {
        this.hvkit = hvkit;
        this.town = town;
        this.console = console;
        this.proofs = proofs;
    }

    /** The pools of both zones get it at once, and each has it once. */
    TemplateRecord download(URI source, Sha256 digest) throws InterruptedException {
        TemplateRecord debian = proofs.step("both zones download a template", () -> {
            TemplateRecord known = hvkit.templates()
                    .register(TemplateRequest.named("small", ImageFormat.RAW, digest)
                            .from(source))
                    .await();
            Job<TemplateCopyRecord> here =
                    hvkit.templates().download(known.id(), town.fast().id());
            Job<TemplateCopyRecord> there =
                    hvkit.templates().download(known.id(), town.away().id());
            here.await();
            there.await();
            hvkit.templates().download(known.id(), town.fast().id()).await();
            return hvkit.templates().find(known.id()).orElseThrow();
        });
        List<TemplateCopyRecord> copies = hvkit.templates().copies(debian.id());
        proofs.require(
                copies.size() == 2
                        && copies.stream().allMatch(copy -> copy.state() == TemplateCopyRecord.State.READY)
                        && debian.content().size().equals(Optional.of(SIZE)),
                "asked for three times, it is in " + copies.size() + " pools, with a disk of "
                        + debian.content().size().orElse(ByteSize.ZERO));
        return debian;
    }

    /** An encrypted root that begins with the template, and a machine that is placed and runs with it. */
    MachineRecord start(TemplateRecord template) throws InterruptedException {
        MachineRecord web = proofs.step("an encrypted machine starts from it", () -> {
            // tag::start[]
            VolumeRequest wanted =
                    VolumeRequest.blank("web-01-root", SIZE, town.fast().id()).encrypted();
            VolumeRecord root =
                    hvkit.templates().newVolume(template.id(), wanted).await();
            MachineRecord machine =
                    hvkit.machines().start(request("web-01", root.id())).await();
            // end::start[]
            GuestConsole.at(console).awaitReady(PATIENCE);
            GuestConsole.at(console).awaitAcknowledged(64, PATIENCE);
            return machine;
        });
        VolumeRecord root = root(web);
        proofs.require(
                web.state() == MachineRecord.State.RUNNING
                        && root.key().isPresent()
                        && root.place().encryption().isPresent(),
                "placed on " + web.host().map(RecordId::value).orElse("no host") + "; its root is "
                        + root.place()
                                .encryption()
                                .map(VolumeRecord.Encryption::format)
                                .orElse("plain"));
        return web;
    }

    private MachineRequest request(String name, RecordId<VolumeRecord> root) throws InterruptedException {
        Guest guest = Guest.prepared();
        GuestWork writing = GuestWork.writing().inBatchesOf(16).striding(97).onDevice("vda");
        return MachineRequest.named(name)
                .root(root)
                .booting(KernelBoot.of(guest.kernel()).initrd(guest.initrd()).commandLine(guest.commandLine(writing)))
                .serialLog(console);
    }

    VolumeRecord root(MachineRecord machine) throws InterruptedException {
        return hvkit.volumes().find(hvkit.machines().disks(machine.id()).get(0)).orElseThrow();
    }

    /** Under the guest, which writes on. */
    void resize(MachineRecord machine) throws InterruptedException {
        VolumeRecord grown = proofs.step(
                "its root grows while it runs",
                () -> hvkit.volumes().grow(root(machine).id(), GROWN).await());
        writesOn();
        proofs.require(grown.size().equals(GROWN), "it has " + grown.size() + ", and the guest writes on");
    }

    /** To another pool under the guest, with another key. */
    void move(MachineRecord machine) throws InterruptedException {
        VolumeRecord before = root(machine);
        VolumeRecord moved = proofs.step(
                "its root moves to another pool while it runs",
                () -> hvkit.volumes()
                        .move(MoveRequest.of(before.id(), town.big().id()))
                        .await());
        writesOn();
        proofs.require(
                moved.place().pool().equals(town.big().id()) && !moved.key().equals(before.key()),
                "it is in big, under another key, and the guest writes on");
    }

    private void writesOn() throws InterruptedException {
        GuestConsole following = GuestConsole.at(console);
        following.awaitAcknowledged(following.acknowledged() + 32, PATIENCE);
    }

    /** What it wrote is in a template that nobody reads without the template's own key. */
    TemplateRecord capture(MachineRecord machine) throws InterruptedException {
        VolumeRecord root = root(machine);
        TemplateRecord golden = proofs.step("it stops, and a template is made of its root", () -> {
            hvkit.machines().stop(machine.id(), StopMode.POWER_OFF).await();
            return hvkit.templates()
                    .capture(CaptureRequest.of(root.id(), "golden", town.fast().id()))
                    .await();
        });
        boolean isRefused = isRefused(
                Failure.INVALID_REQUEST,
                () -> hvkit.templates()
                        .newVolume(
                                golden.id(),
                                VolumeRequest.blank(
                                        "in-clear", GROWN, town.fast().id()))
                        .await());
        proofs.require(
                golden.key().isPresent() && !golden.key().equals(root.key()) && isRefused,
                "it has a key of its own, and a plain volume of it is refused");
        return golden;
    }

    /** The old root goes once the machine has the new one. */
    void reinstall(MachineRecord machine, TemplateRecord golden) throws InterruptedException {
        VolumeRecord old = root(machine);
        proofs.step("it is reinstalled from that template", () -> {
            VolumeRequest fresh =
                    VolumeRequest.blank("web-01-root-2", GROWN, town.big().id()).encrypted();
            return hvkit.machines()
                    .reinstall(ReinstallRequest.of(machine.id(), golden.id(), fresh))
                    .await();
        });
        VolumeRecord now = root(machine);
        MachineRecord again = hvkit.machines().start(machine.id()).await();
        writesOn();
        proofs.require(
                again.state() == MachineRecord.State.RUNNING
                        && hvkit.volumes().find(old.id()).isEmpty()
                        && !now.key().equals(old.key()),
                "it runs with " + now.name() + ", under another key; the old root is gone");
    }

    /** Nothing is left. */
    void delete(MachineRecord machine, List<TemplateRecord> templates) throws InterruptedException {
        RecordId<VolumeRecord> root = root(machine).id();
        boolean isRefused =
                isRefused(Failure.IN_USE, () -> hvkit.volumes().delete(root).await());
        proofs.step("all of it is deleted", () -> {
            hvkit.machines().stop(machine.id(), StopMode.POWER_OFF).await();
            hvkit.machines().delete(machine.id()).await();
            hvkit.volumes().delete(root).await();
            for (TemplateRecord template : templates) {
                hvkit.templates().delete(template.id()).await();
            }
            return machine;
        });
        proofs.require(
                isRefused
                        && hvkit.volumes().page(Optional.empty(), 10).isEmpty()
                        && hvkit.machines().page(Optional.empty(), 10).isEmpty(),
                "while it was a disk that was refused; now there is no machine and no volume");
    }

    private interface Call {
        Object made() throws InterruptedException;
    }

    private static boolean isRefused(Failure failure, Call call) throws InterruptedException {
        try {
            call.made();
            return false;
        } catch (DriverException e) {
            return e.failure() == failure;
        }
    }

    /** Returns the files that pools still have. */
    static List<String> filesIn(Path folder, PoolRecord... pools) throws IOException {
        List<String> left = new ArrayList<>();
        for (PoolRecord pool : pools) {
            try (Stream<Path> files = Files.list(folder.resolve(pool.name()))) {
                files.filter(Files::isRegularFile)
                        .map(file -> file.getFileName().toString())
                        .filter(name -> !name.startsWith("."))
                        .forEach(left::add);
            }
        }
        return left;
    }
}
