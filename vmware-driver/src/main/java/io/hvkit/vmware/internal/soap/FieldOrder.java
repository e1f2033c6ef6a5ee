package io.hvkit.vmware.internal.soap;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * In which order a vCenter wants the parts of what is sent to it: those of a base type first, each as its type declares them. A
 * vCenter refuses another order, and simulators do not notice. This is the one place that says so, and a test compares it with the
 * declarations.
 */
final class FieldOrder {

    private static final String OBJECTS = """
            VirtualMachineConfigSpec: changeVersion name instanceUuid guestId files numCPUs memoryMB deviceChange extraConfig firmware
            VirtualMachineFileInfo: vmPathName snapshotDirectory suspendDirectory logDirectory
            VirtualDeviceConfigSpec: operation fileOperation device
            VirtualDisk: key deviceInfo backing controllerKey unitNumber capacityInKB capacityInBytes
            VirtualDiskFlatVer2BackingInfo: fileName datastore diskMode thinProvisioned eagerlyScrub uuid
            ParaVirtualSCSIController: key busNumber sharedBus
            VirtualVmxnet3: key deviceInfo backing connectable addressType macAddress
            VirtualE1000e: key deviceInfo backing connectable addressType macAddress
            VirtualEthernetCard: key
            VirtualDeviceConnectInfo: startConnected allowGuestControl connected
            VirtualEthernetCardNetworkBackingInfo: deviceName network
            VirtualEthernetCardDistributedVirtualPortBackingInfo: port
            DistributedVirtualSwitchPortConnection: switchUuid portgroupKey
            Description: label summary
            OptionValue: key value
            FileBackedVirtualDiskSpec: diskType adapterType capacityKb
            VirtualMachineRelocateSpec: datastore diskMoveType pool host disk
            VirtualMachineRelocateSpecDiskLocator: diskId datastore
            VirtualMachineCloneSpec: location template config powerOn snapshot
            VirtualDiskSpec: diskType adapterType
            HostDatastoreBrowserSearchSpec: query details matchPattern
            FileQuery:
            FolderFileQuery:
            VmDiskFileQuery: details
            VmDiskFileQueryFlags: diskType capacityKb hardwareVersion controllerType diskExtents thin
            FileQueryFlags: fileType fileSize modification fileOwner
            OvfCreateImportSpecParams: locale deploymentOption entityName hostSystem diskProvisioning
            OvfCreateDescriptorParams: ovfFiles name
            OvfFile: deviceId path size
            PropertyFilterSpec: propSet objectSet reportMissingObjectsInResults
            PropertySpec: type all pathSet
            ObjectSpec: obj skip selectSet
            SelectionSpec: name
            TraversalSpec: name type path skip selectSet
            RetrieveOptions: maxObjects
            WaitOptions: maxWaitSeconds maxObjectUpdates
            """;

    private static final String METHODS = """
            RetrieveServiceContent:
            CurrentTime:
            Login: userName password locale
            Logout:
            RetrievePropertiesEx: specSet options
            ContinueRetrievePropertiesEx: token
            CancelRetrievePropertiesEx: token
            CreatePropertyCollector:
            DestroyPropertyCollector:
            CreateFilter: spec partialUpdates
            WaitForUpdatesEx: version options
            CancelWaitForUpdates:
            CreateListView: obj
            ModifyListView: add remove
            DestroyView:
            CancelTask:
            FindByInventoryPath: inventoryPath
            FindChild: entity name
            CreateVM_Task: config pool host
            ReconfigVM_Task: spec
            PowerOnVM_Task: host
            PowerOffVM_Task:
            ShutdownGuest:
            AcquireTicket: ticketType
            UnregisterVM:
            CreateSnapshot_Task: name description memory quiesce
            RevertToSnapshot_Task: host suppressPowerOn
            RemoveSnapshot_Task: removeChildren consolidate
            RenameSnapshot: name description
            ConsolidateVMDisks_Task:
            CloneVM_Task: folder name spec
            RelocateVM_Task: spec priority
            MarkAsTemplate:
            MarkAsVirtualMachine: pool host
            Destroy_Task:
            CreateImportSpec: ovfDescriptor resourcePool datastore cisp
            CreateDescriptor: obj cdp
            ImportVApp: spec folder host
            ExportVm:
            HttpNfcLeaseProgress: percent
            HttpNfcLeaseGetManifest:
            HttpNfcLeaseComplete:
            HttpNfcLeaseAbort:
            MakeDirectory: name datacenter createParentDirectories
            DeleteDatastoreFile_Task: name datacenter
            CreateVirtualDisk_Task: name datacenter spec
            DeleteVirtualDisk_Task: name datacenter
            MoveIntoFolder_Task: list
            CopyVirtualDisk_Task: sourceName sourceDatacenter destName destDatacenter destSpec force
            MoveVirtualDisk_Task: sourceName sourceDatacenter destName destDatacenter force
            ExtendVirtualDisk_Task: name datacenter newCapacityKb eagerZero
            QueryVirtualDiskUuid: name datacenter
            SetVirtualDiskUuid: name datacenter uuid
            SearchDatastore_Task: datastorePath searchSpec
            SearchDatastoreSubFolders_Task: datastorePath searchSpec
            """;

    private static final Map<String, List<String>> OF_OBJECTS = parsed(OBJECTS);
    private static final Map<String, List<String>> OF_METHODS = parsed(METHODS);

    private FieldOrder() {}

    private static Map<String, List<String>> parsed(String table) {
        return table.lines().collect(Collectors.toUnmodifiableMap(FieldOrder::name, FieldOrder::fields));
    }

    private static String name(String line) {
        return line.substring(0, line.indexOf(':'));
    }

    private static List<String> fields(String line) {
        return Stream.of(line.substring(line.indexOf(':') + 1).split(" ", -1))
                .filter(word -> !word.isEmpty())
                .collect(Collectors.collectingAndThen(Collectors.toList(), List::copyOf));
    }

    /** Returns the parts of an object or the arguments of a method, by name. */
    static List<String> of(String name) {
        return Stream.of(OF_OBJECTS, OF_METHODS)
                .flatMap(known -> Optional.ofNullable(known.get(name)).stream())
                .findFirst()
                .orElseThrow(
                        () -> new IllegalArgumentException("nothing says in which order the parts of " + name + " go"));
    }

    /** Returns what is known of objects. */
    static Map<String, List<String>> objects() {
        return OF_OBJECTS;
    }

    /** Returns what is known of methods. */
    static Map<String, List<String>> methods() {
        return OF_METHODS;
    }

    /** Returns the place of a part, for sorting. */
    static Function<String, Integer> placesIn(String name) {
        List<String> order = of(name);
        return field -> {
            int place = order.indexOf(field);
            if (place < 0) {
                throw new IllegalArgumentException(name + " has no part " + field + "; it has " + order);
            }
            return place;
        };
    }
}
