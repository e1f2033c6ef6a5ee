package io.hvkit.examples.engine;

import io.hvkit.catalog.spi.Amounts;
import io.hvkit.catalog.spi.MachineRecord;
import io.hvkit.catalog.spi.OfferingRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.TemplateCopyRecord;
import io.hvkit.catalog.spi.TemplateRecord;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.engine.HvKit;
import io.hvkit.engine.job.Job;
import io.hvkit.engine.key.MasterKeyFile;
import io.hvkit.engine.machine.MachineRequest;
import io.hvkit.engine.machine.ReinstallRequest;
import io.hvkit.engine.offering.DiskOffering;
import io.hvkit.engine.offering.ServiceOffering;
import io.hvkit.engine.template.CaptureRequest;
import io.hvkit.engine.template.TemplateRequest;
import io.hvkit.engine.usage.Account;
import io.hvkit.engine.volume.MoveRequest;
import io.hvkit.hypervisor.spi.StopMode;
import java.nio.file.Path;
import java.util.List;

/**
 * The quick start of {@code docs/engine.md}: what a platform asks an engine for, from the offerings to the end of a machine. Each method stands for
 * itself. {@link EngineDemo} runs them and proves what comes of each; {@link Cloud} opens the engine.
 */
final class QuickStart {

    static final Account DEV = Account.of("acme/dev");
    static final ByteSize SIZE = ByteSize.mebibytes(16);
    static final ByteSize GROWN = ByteSize.mebibytes(24);

    private final HvKit hvkit;

    QuickStart(HvKit hvkit) {
        this.hvkit = hvkit;
    }

    /**
     * What can be had.
     *
     * @param silver volumes whose bytes lie in clear
     * @param gold volumes that nobody reads without a key
     * @param vault machines whose root is encrypted
     */
    record Offers(OfferingRecord silver, OfferingRecord gold, OfferingRecord vault) {}

    // tag::offer[]
    Offers offer() throws InterruptedException {
        return new Offers(
                hvkit.offerings().add(DiskOffering.named("silver")),
                hvkit.offerings().add(DiskOffering.named("gold").encrypted()),
                hvkit.offerings()
                        .add(ServiceOffering.named("vault", 1, ByteSize.mebibytes(128))
                                .encryptingRoot()));
    }
    // end::offer[]

    // tag::download[]
    TemplateRecord download(TemplateRequest image, PoolRecord here, PoolRecord there) throws InterruptedException {
        TemplateRecord small = hvkit.templates().register(image).await();
        Job<TemplateCopyRecord> one = hvkit.templates().download(small.id(), here.id());
        Job<TemplateCopyRecord> other = hvkit.templates().download(small.id(), there.id());
        one.await();
        other.await();
        return hvkit.templates().find(small.id()).orElseThrow();
    }
    // end::download[]

    // tag::root[]
    VolumeRecord root(TemplateRecord template, OfferingRecord gold, PoolRecord pool) throws InterruptedException {
        return hvkit.templates()
                .newVolume(
                        template.id(),
                        DiskOffering.volumeOf(gold, "web-01-root", SIZE, pool.id())
                                .ownedBy(DEV))
                .await();
    }
    // end::root[]

    /** Asks for a machine; how it boots is said by whoever starts it. */
    // tag::machine[]
    MachineRequest machine(OfferingRecord vault, VolumeRecord root) {
        return ServiceOffering.machineOf(vault, "web-01").root(root.id()).ownedBy(DEV);
    }

    MachineRecord start(MachineRequest machine) throws InterruptedException {
        return hvkit.machines().start(machine).await();
    }
    // end::machine[]

    // tag::plug[]
    VolumeRecord plug(MachineRecord web, OfferingRecord silver, PoolRecord pool) throws InterruptedException {
        VolumeRecord data = hvkit.volumes()
                .create(DiskOffering.volumeOf(silver, "web-01-data", SIZE, pool.id())
                        .ownedBy(DEV))
                .await();
        hvkit.machines().attach(web.id(), data.id()).await();
        return data;
    }
    // end::plug[]

    // tag::grow[]
    VolumeRecord grow(VolumeRecord root) throws InterruptedException {
        return hvkit.volumes().grow(root.id(), GROWN).await();
    }
    // end::grow[]

    // tag::move[]
    VolumeRecord move(VolumeRecord root, PoolRecord pool) throws InterruptedException {
        return hvkit.volumes().move(MoveRequest.of(root.id(), pool.id())).await();
    }
    // end::move[]

    // tag::encrypt[]
    VolumeRecord encrypt(VolumeRecord data, OfferingRecord gold) throws InterruptedException {
        return hvkit.volumes().changeOffering(data.id(), gold.id()).await();
    }
    // end::encrypt[]

    // tag::capture[]
    TemplateRecord capture(MachineRecord web, VolumeRecord root, PoolRecord pool) throws InterruptedException {
        hvkit.machines().stop(web.id(), StopMode.POWER_OFF).await();
        return hvkit.templates()
                .capture(CaptureRequest.of(root.id(), "golden", pool.id()).ownedBy(DEV))
                .await();
    }
    // end::capture[]

    // tag::reinstall[]
    MachineRecord reinstall(MachineRecord web, TemplateRecord golden, OfferingRecord gold, PoolRecord pool)
            throws InterruptedException {
        return hvkit.machines()
                .reinstall(ReinstallRequest.of(
                        web.id(),
                        golden.id(),
                        DiskOffering.volumeOf(gold, "web-01-root-2", GROWN, pool.id())
                                .ownedBy(DEV)))
                .await();
    }
    // end::reinstall[]

    // tag::rotate[]
    int rotate(Path masterKeys) throws InterruptedException {
        MasterKeyFile.addKey(masterKeys);
        return hvkit.keys().rewrap(); // when it has returned, no key needs an older master key
    }
    // end::rotate[]

    // tag::count[]
    Amounts count() throws InterruptedException {
        return hvkit.usage().held(DEV);
    }
    // end::count[]

    // tag::delete[]
    void delete(MachineRecord web) throws InterruptedException {
        List<RecordId<VolumeRecord>> disks = hvkit.machines().disks(web.id());
        hvkit.machines().stop(web.id(), StopMode.POWER_OFF).await();
        hvkit.machines().delete(web.id()).await();
        for (RecordId<VolumeRecord> disk : disks) {
            hvkit.volumes().delete(disk).await();
        }
    }
    // end::delete[]

    void delete(TemplateRecord template) throws InterruptedException {
        hvkit.templates().delete(template.id()).await();
    }

    void withdraw(Offers offers) throws InterruptedException {
        for (OfferingRecord offering : List.of(offers.silver(), offers.gold(), offers.vault())) {
            hvkit.offerings().remove(offering.id());
        }
    }
}
