package io.hvkit.engine.internal.machine;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.MachineRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.core.ByteSize;
import io.hvkit.engine.machine.MachineRequest;
import io.hvkit.engine.machine.MachineRequest.Devices;
import io.hvkit.engine.machine.MachineRequest.Placing;
import io.hvkit.hypervisor.spi.KernelBoot;
import io.hvkit.hypervisor.spi.MacAddress;
import io.hvkit.hypervisor.spi.MachineSpec;
import io.hvkit.hypervisor.spi.Nic;
import io.hvkit.hypervisor.spi.NicModel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/** How machines are written down, in the journal and in their records. What was written stays readable. */
final class MachineFacts {

    private MachineFacts() {}

    /** Returns a request as the journal keeps it. */
    static Facts of(MachineRequest request) {
        Facts facts = devices(request)
                .with("name", request.name())
                .with("cpus", request.cpus())
                .with("memory", request.memory().bytes());
        return listed(facts, "disk", request.disks(), RecordId::value);
    }

    /** Reads a request. */
    static MachineRequest request(Facts facts) {
        return new MachineRequest(
                facts.text("name"),
                Integer.parseInt(facts.text("cpus")),
                ByteSize.bytes(Long.parseLong(facts.text("memory"))),
                list(facts, "disk", RecordId::new),
                devices(facts),
                placing(facts),
                facts.find(MachineRecord.OFFERING).map(RecordId::new));
    }

    /** Returns what a machine's record keeps besides its disks and figures. */
    static Facts devices(MachineRequest request) {
        Devices devices = request.devices();
        Facts facts = listed(Facts.NONE, "nic", devices.nics(), MachineFacts::text);
        facts = listed(facts, "tag", List.copyOf(new TreeSet<>(request.placing().tags())), tag -> tag);
        return facts.with("kernel", devices.kernel().map(KernelBoot::kernel))
                .with("initrd", devices.kernel().flatMap(KernelBoot::initrd))
                .with("command-line", devices.kernel().map(KernelBoot::commandLine))
                .with("serial-log", devices.serialLog())
                .with("owner", request.placing().owner())
                .with(MachineRecord.OFFERING, request.offering());
    }

    private static Devices devices(Facts facts) {
        Optional<KernelBoot> kernel = facts.find("kernel").map(Path::of).map(KernelBoot::of);
        Optional<Path> initrd = facts.find("initrd").map(Path::of);
        Optional<KernelBoot> whole = kernel.map(boot -> initrd.map(boot::initrd).orElse(boot))
                .map(boot -> boot.commandLine(facts.find("command-line").orElse("")));
        return new Devices(
                list(facts, "nic", MachineFacts::nic),
                whole,
                facts.find("serial-log").map(Path::of));
    }

    /** Returns which hosts may run a machine. */
    static Placing placing(Facts facts) {
        return new Placing(Set.copyOf(list(facts, "tag", tag -> tag)), facts.find("owner"));
    }

    /** Returns a machine as its host is asked for it, without its disks. */
    static MachineSpec spec(MachineRecord machine) {
        Devices devices = devices(machine.devices());
        MachineSpec spec = MachineSpec.named(machine.name())
                .cpus(machine.needs().cpus())
                .memory(machine.needs().memory());
        for (Nic nic : devices.nics()) {
            spec = spec.with(nic);
        }
        if (devices.kernel().isPresent()) {
            spec = spec.booting(devices.kernel().get());
        }
        return devices.serialLog().isPresent()
                ? spec.serialLog(devices.serialLog().get())
                : spec;
    }

    private static String text(Nic nic) {
        String card = nic.link() + " " + nic.name() + " " + nic.model();
        return nic.address().map(address -> card + " " + address).orElse(card);
    }

    private static Nic nic(String text) {
        List<String> words = List.of(text.split(" ", -1));
        Nic nic = Nic.Link.valueOf(words.get(0)) == Nic.Link.NETWORK
                ? Nic.onNetwork(words.get(1))
                : Nic.onBridge(words.get(1));
        Nic card = nic.model(NicModel.valueOf(words.get(2)));
        return words.size() > 3 ? card.addressed(new MacAddress(words.get(3))) : card;
    }

    /** Returns facts with a list, each of its elements under a name of its own. */
    static <T> Facts listed(Facts facts, String name, List<T> list, Function<T, String> text) {
        Facts all = facts;
        for (int i = 0; i < list.size(); i++) {
            all = all.with(name + "." + i, text.apply(list.get(i)));
        }
        return all;
    }

    /** Reads a list. */
    static <T> List<T> list(Facts facts, String name, Function<String, T> reading) {
        List<T> list = new ArrayList<>();
        for (Optional<String> next = facts.find(name + ".0");
                next.isPresent();
                next = facts.find(name + "." + list.size())) {
            list.add(reading.apply(next.get()));
        }
        return List.copyOf(list);
    }
}
