package io.hvkit.vmware;

import io.hvkit.core.Attachment;
import io.hvkit.core.HostId;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Options;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import io.hvkit.core.internal.Trust;
import io.hvkit.hypervisor.spi.Disk;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.HypervisorDriver;
import io.hvkit.hypervisor.spi.HypervisorDrivers;
import io.hvkit.hypervisor.spi.HypervisorType;
import io.hvkit.hypervisor.spi.MachineDisk;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.testkit.hypervisor.HypervisorUnderTest;
import io.hvkit.vmware.internal.simulator.Vcsim;
import io.hvkit.vmware.internal.soap.Call;
import io.hvkit.vmware.internal.soap.Data;
import io.hvkit.vmware.internal.soap.LostAnswer;
import io.hvkit.vmware.internal.soap.Ref;
import io.hvkit.vmware.internal.soap.VimClient;
import io.hvkit.vmware.internal.soap.VimFault;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A host of a simulated vCenter, and this driver in front of it. */
final class VmwareJudged implements HypervisorUnderTest, AutoCloseable {

    static final String DATASTORE = "LocalDS_0";
    static final Path STORE = Path.of("/vmfs/volumes", DATASTORE);
    static final long MIB = 8;

    private static final String FOLDER = "contract";
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private final Vcsim vcenter;
    private final VimClient admin;

    private VmwareJudged(Vcsim vcenter) {
        this.vcenter = vcenter;
        this.admin = new VimClient(
                vcenter.sdk(), Trust.authorities(vcenter.certificate()), asked -> vcenter.account(), LIMIT);
    }

    static VmwareJudged start(String... flags) throws InterruptedException {
        VmwareJudged judged = new VmwareJudged(Vcsim.start(flags));
        judged.makeFolder(FOLDER);
        return judged;
    }

    private void makeFolder(String folder) throws InterruptedException {
        admin.require(Call.changing(
                admin.service("fileManager"),
                Data.of("MakeDirectory")
                        .with("name", "[" + DATASTORE + "] " + folder)
                        .with("datacenter", datacenter())
                        .with("createParentDirectories", true)));
    }

    Vcsim vcenter() {
        return vcenter;
    }

    VimClient admin() {
        return admin;
    }

    Ref datacenter() throws InterruptedException {
        return at("DC0");
    }

    /** Returns what is at a path of the inventory. */
    Ref at(String path) throws InterruptedException {
        return admin.require(Call.reading(
                        admin.service("searchIndex"),
                        Data.of("FindByInventoryPath").with("inventoryPath", path)))
                .at("returnval")
                .orElseThrow()
                .ref();
    }

    @Override
    public HypervisorDriver driver() {
        return VmwareDriver.with(
                asked -> Credentials.of(Vcsim.USER, Secret.copyOf(Vcsim.PASSWORD.getBytes(StandardCharsets.UTF_8))));
    }

    @Override
    public HypervisorType type() {
        return driver().types().iterator().next();
    }

    @Override
    public Map<String, String> options() {
        return Map.of(
                "vcenter",
                vcenter.sdk().resolve("/").toString(),
                "datacenter",
                "DC0",
                "host",
                "DC0_C0_H0",
                "datastore",
                DATASTORE,
                "ca",
                vcenter.certificate().toString());
    }

    @Override
    public Map<String, String> optionsOfAnother() {
        Map<String, String> options = new HashMap<>(options());
        options.put("host", "DC0_C0_H1");
        return options;
    }

    /** Opens a host as an embedder does; an empty text takes an option away. */
    Hypervisor open(Map<String, String> changes) throws InterruptedException {
        return open(driver(), changes);
    }

    Hypervisor open(HypervisorDriver driver, Map<String, String> changes) throws InterruptedException {
        HypervisorDriver guarded =
                HypervisorDrivers.of(List.of(driver)).requireAll().forType(type());
        Map<String, String> options = new HashMap<>(options());
        options.putAll(changes);
        options.values().removeIf(String::isEmpty);
        return guarded.open(new HostId("esx"), type(), Options.parse(guarded.options(), options));
    }

    @Override
    public Disk disk(VolumeId volume) throws InterruptedException {
        return made(volume, FOLDER);
    }

    /** Makes a disk in a folder of its own. */
    Disk disk(VolumeId volume, String folder) throws InterruptedException {
        makeFolder(folder);
        return made(volume, folder);
    }

    private Disk made(VolumeId volume, String folder) throws InterruptedException {
        Data spec = Data.of("FileBackedVirtualDiskSpec")
                .with("diskType", "thin")
                .with("adapterType", "lsiLogic")
                .with("capacityKb", MIB * 1024);
        Data request = Data.of("CreateVirtualDisk_Task")
                .with("name", "[" + DATASTORE + "] " + folder + "/" + volume + ".vmdk")
                .with("datacenter", datacenter())
                .with("spec", spec);
        try {
            admin.tasks().run(Call.changing(admin.service("virtualDiskManager"), request), LIMIT);
        } catch (VimFault | LostAnswer e) {
            throw new IllegalStateException(e);
        }
        return at(volume, folder);
    }

    /** Returns the disk of that name, whether it is there or not. */
    Disk at(VolumeId volume) {
        return at(volume, FOLDER);
    }

    private static Disk at(VolumeId volume, String folder) {
        Path place = Path.of("/vmfs/volumes", DATASTORE, folder, volume + ".vmdk");
        return Disk.of(volume, new Attachment.ImageFile(place), ImageFormat.VMDK);
    }

    /** Returns the name of its file, as the vCenter spells it. */
    static String file(VolumeId volume) {
        return "[" + DATASTORE + "] " + FOLDER + "/" + volume.value() + ".vmdk";
    }

    /** Deletes a disk that no machine has. */
    void delete(MachineDisk disk) throws InterruptedException {
        Data request =
                Data.of("DeleteVirtualDisk_Task").with("name", spelt(disk)).with("datacenter", datacenter());
        try {
            admin.tasks().run(Call.changing(admin.service("virtualDiskManager"), request), LIMIT);
        } catch (VimFault | LostAnswer e) {
            throw new IllegalStateException(e);
        }
    }

    /** Does so though calls fail and answers are lost: one that is not there is deleted. */
    void deleteAnyhow(MachineDisk disk) throws InterruptedException {
        Data request =
                Data.of("DeleteVirtualDisk_Task").with("name", spelt(disk)).with("datacenter", datacenter());
        try {
            admin.tasks().run(Call.changing(admin.service("virtualDiskManager"), request), LIMIT);
        } catch (VimFault e) {
            if (!e.is("FileNotFound")) {
                throw e.asFailure();
            }
        } catch (LostAnswer e) {
            throw e.asFailure();
        }
    }

    /** Returns the name of a disk's file, as the vCenter spells it. */
    static String spelt(MachineDisk disk) {
        String place = disk.attachment().match(device -> "", file -> file.path().toString(), remote -> "");
        return place.replaceFirst("/vmfs/volumes/([^/]+)/", "[$1] ");
    }

    @Override
    public Disk absentDisk() {
        return at(new VolumeId("absent"));
    }

    @Override
    public MachineSpec deaf(MachineSpec spec) {
        vcenter.deafen(spec.name());
        return spec;
    }

    @Override
    public void close() {
        admin.close();
        vcenter.close();
    }
}
