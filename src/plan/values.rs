//! What every block of every module instance evaluates to, as far as the walk has come.
//!
//! A block's value is kept once and shared. The value of a whole resource (all its instances together) is made when somebody asks for
//! it and kept until an instance changes, so that ten thousand references cost as much as one.

use super::expansion::{Expansion, Repetition};
use crate::addr::{InstanceKey, ModuleInstance, Resource, ResourceInstance};
use crate::config::Module;
use crate::value::{Text, Value};
use std::cell::OnceCell;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Position of a module instance in [`Values`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModuleId(u32);

impl ModuleId {
    pub const ROOT: ModuleId = ModuleId(0);
}

/// All module instances.
#[derive(Clone, Debug, Default)]
pub struct Values {
    modules: Vec<ModuleValues>,
    by_address: HashMap<ModuleInstance, ModuleId>,
}

/// The values in one module instance.
#[derive(Clone, Debug)]
pub struct ModuleValues {
    pub address: ModuleInstance,
    pub module: Arc<Module>,
    pub parent: Option<ModuleId>,
    /// `count` and `each` of the call.
    pub repetition: Repetition,
    pub variables: HashMap<Text, Value>,
    pub locals: HashMap<Text, Value>,
    pub outputs: HashMap<Text, Value>,
    pub calls: HashMap<Text, CallValues>,
    pub resources: HashMap<Resource, ResourceValues>,
}

/// The instances of a module call.
#[derive(Clone, Debug)]
pub struct CallValues {
    pub expansion: Expansion,
    pub instances: BTreeMap<InstanceKey, ModuleId>,
    whole: OnceCell<Value>,
}

/// The instances of a resource.
#[derive(Clone, Debug)]
pub struct ResourceValues {
    pub expansion: Expansion,
    instances: HashMap<InstanceKey, Value>,
    whole: OnceCell<Value>,
}

impl Values {
    pub fn new(root: Arc<Module>) -> Self {
        let mut values = Self::default();
        values.add(ModuleInstance::root(), root, None, Repetition::default());
        values
    }

    fn add(
        &mut self,
        address: ModuleInstance,
        module: Arc<Module>,
        parent: Option<ModuleId>,
        repetition: Repetition,
    ) -> ModuleId {
        let id = ModuleId(self.modules.len() as u32);
        self.by_address.insert(address.clone(), id);
        self.modules.push(ModuleValues {
            address,
            module,
            parent,
            repetition,
            variables: HashMap::new(),
            locals: HashMap::new(),
            outputs: HashMap::new(),
            calls: HashMap::new(),
            resources: HashMap::new(),
        });
        id
    }

    pub fn module(&self, id: ModuleId) -> &ModuleValues {
        &self.modules[id.0 as usize]
    }

    pub fn module_mut(&mut self, id: ModuleId) -> &mut ModuleValues {
        &mut self.modules[id.0 as usize]
    }

    /// Outputs of child modules that are not null, or not known.
    pub fn outputs_of_children(&self) -> Vec<(ModuleInstance, Text)> {
        let children = self.modules.iter().filter(|module| module.parent.is_some());
        let outputs = children.flat_map(|module| module.outputs.iter().map(move |(name, value)| (module, name, value)));
        let is_there = outputs.filter(|(_, _, value)| !value.is_null());
        let mut found: Vec<(ModuleInstance, Text)> =
            is_there.map(|(module, name, _)| (module.address.clone(), name.clone())).collect();
        found.sort();
        found
    }

    pub fn id_of(&self, address: &ModuleInstance) -> Option<ModuleId> {
        self.by_address.get(address).copied()
    }

    /// Records the instances of a call and makes their (empty) values.
    pub fn expand_call(
        &mut self,
        parent: ModuleId,
        name: &Text,
        module: &Arc<Module>,
        expansion: Expansion,
    ) -> Vec<ModuleId> {
        let address = self.module(parent).address.clone();
        let instances: BTreeMap<InstanceKey, ModuleId> = expansion
            .keys()
            .map(|key| {
                let repetition = expansion.repetition(&key);
                let child = self.add(address.child(name, key.clone()), module.clone(), Some(parent), repetition);
                (key, child)
            })
            .collect();
        let ids = instances.values().copied().collect();
        self.module_mut(parent).calls.insert(name.clone(), CallValues { expansion, instances, whole: OnceCell::new() });
        ids
    }

    /// Takes over what is known by now about `each.value` of a call's instances; which instances there are stays as planned.
    pub fn refresh_call(&mut self, parent: ModuleId, name: &str, expansion: Expansion) {
        let Some(call) = self.module_mut(parent).calls.get_mut(name) else { return };
        let children = call.instances.clone();
        for (key, child) in children {
            if expansion.contains(&key) {
                self.module_mut(child).repetition = expansion.repetition(&key);
            }
        }
    }

    pub fn set_output(&mut self, module: ModuleId, name: &Text, value: Value) {
        self.module_mut(module).outputs.insert(name.clone(), value);
        let address = &self.module(module).address;
        if let (Some(parent), Some((call, _))) = (self.module(module).parent, address.0.last().cloned())
            && let Some(call) = self.module_mut(parent).calls.get_mut(&call)
        {
            call.whole.take();
        }
    }

    pub fn expand_resource(&mut self, module: ModuleId, resource: &Resource, expansion: Expansion) {
        let values = ResourceValues { expansion, instances: HashMap::new(), whole: OnceCell::new() };
        self.module_mut(module).resources.insert(resource.clone(), values);
    }

    /// Takes over what is known by now about `each.value` of a resource's instances; which instances there are stays as planned.
    pub fn refresh_resource(&mut self, module: ModuleId, resource: &Resource, expansion: Expansion) {
        if let Some(values) = self.module_mut(module).resources.get_mut(resource)
            && values.expansion.len() == expansion.len()
        {
            values.expansion = expansion;
        }
    }

    pub fn set_instance(&mut self, module: ModuleId, resource: &Resource, key: InstanceKey, value: Value) {
        if let Some(values) = self.module_mut(module).resources.get_mut(resource) {
            values.instances.insert(key, value);
            values.whole.take();
        }
    }

    /// As [`Values::set_instance`] where only the full address is at hand.
    pub fn set_instance_at(&mut self, address: &ResourceInstance, value: Value) {
        if let Some(module) = self.id_of(&address.module) {
            self.set_instance(module, &address.resource, address.key.clone(), value);
        }
    }

    /// The value of a call: an object of outputs, or a tuple or object of those.
    pub fn whole_call<'a>(&'a self, module: ModuleId, name: &str) -> Option<&'a Value> {
        let call = self.module(module).calls.get(name)?;
        Some(call.whole.get_or_init(|| call.expansion.collect(&mut |key| self.outputs_of(call, key))))
    }

    fn outputs_of(&self, call: &CallValues, key: &InstanceKey) -> Value {
        let Some(id) = call.instances.get(key) else { return Value::unknown(crate::value::Type::Dynamic) };
        let child = self.module(*id);
        Value::object(child.module.outputs.keys().map(|name| {
            let value = child.outputs.get(name).cloned();
            (name.clone(), value.unwrap_or_else(|| Value::unknown(crate::value::Type::Dynamic)))
        }))
    }
}

impl ResourceValues {
    pub fn instance(&self, key: &InstanceKey) -> Option<&Value> {
        self.instances.get(key)
    }

    /// All instances as one value; those without a value are `absent`.
    pub fn whole(&self, absent: impl Fn() -> Value) -> &Value {
        self.whole
            .get_or_init(|| self.expansion.collect(&mut |key| self.instances.get(key).cloned().unwrap_or_else(&absent)))
    }
}
