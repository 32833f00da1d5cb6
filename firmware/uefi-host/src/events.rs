//! `tegmentum:uefi/events`.

use crate::UefiHost;
use crate::bindings::tegmentum::uefi::events::{Host, HostEvent, Status, Timer};
use alloc::vec::Vec;
use core::time::Duration;
use uefi::Event;
use uefi::boot::{self, EventType, TimerTrigger, Tpl};
use wasmtime::component::Resource;

/// Events that a guest holds at a time, and waits for at once; `wit/uefi/events.wit` promises it.
pub const MOST_EVENTS: usize = 64;
/// The longest wait, in microseconds, promised there too.
const LONGEST_WAIT: u32 = 10_000_000;
/// How often a wait looks. Firmware's own WaitForEvent would need a timer more, and has no other end.
const INTERVAL: Duration = Duration::from_millis(1);

/// An event of firmware's, closed when this is dropped.
#[derive(Debug)]
pub struct OwnEvent(Event);

impl OwnEvent {
    fn create() -> Result<Self, Status> {
        // SAFETY: without a notification function nothing is called, neither now nor when boot services end.
        Ok(Self(unsafe { boot::create_event(EventType::TIMER, Tpl::APPLICATION, None, None) }?))
    }
}

impl Drop for OwnEvent {
    fn drop(&mut self) {
        // SAFETY: the copy is closed at once and the original is never used again.
        let event = unsafe { self.0.unsafe_clone() };
        // Firmware that does not close it leaves nothing to be done.
        let _ = boot::close_event(event);
    }
}

impl Host for UefiHost {
    fn create(&mut self) -> Result<Resource<OwnEvent>, Status> {
        if self.events.room() == 0 {
            return Err(Status::OutOfResources);
        }
        self.events.push(OwnEvent::create()?)
    }

    fn wait(&mut self, events: Vec<Resource<OwnEvent>>, timeout_microseconds: u32) -> Result<u32, Status> {
        if events.is_empty() || events.len() > MOST_EVENTS || timeout_microseconds > LONGEST_WAIT {
            return Err(Status::InvalidParameter);
        }
        let end = self.clock.elapsed() + Duration::from_micros(timeout_microseconds.into());
        loop {
            for (index, event) in (0..).zip(&events) {
                if boot::check_event(&self.events.get(event)?.0)? {
                    return Ok(index);
                }
            }
            if self.clock.elapsed() >= end {
                return Err(Status::Timeout);
            }
            boot::stall(INTERVAL);
        }
    }
}

impl HostEvent for UefiHost {
    fn set_timer(&mut self, this: Resource<OwnEvent>, timer: Timer) -> Result<(), Status> {
        let trigger = match timer {
            Timer::Off => TimerTrigger::Cancel,
            Timer::Once(microseconds) => TimerTrigger::Relative(Duration::from_micros(microseconds.into())),
            Timer::Every(microseconds) => TimerTrigger::Periodic(Duration::from_micros(microseconds.into())),
        };
        Ok(boot::set_timer(&self.events.get(&this)?.0, trigger)?)
    }

    fn signal(&mut self, this: Resource<OwnEvent>) -> Result<(), Status> {
        Ok(boot::signal_event(&self.events.get(&this)?.0)?)
    }

    fn take(&mut self, this: Resource<OwnEvent>) -> Result<bool, Status> {
        Ok(boot::check_event(&self.events.get(&this)?.0)?)
    }

    fn drop(&mut self, this: Resource<OwnEvent>) -> wasmtime::Result<()> {
        self.events.remove(&this);
        Ok(())
    }
}
