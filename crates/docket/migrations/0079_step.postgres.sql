-- Which steps there are. PostgreSQL reads a check from its catalogue again for
-- every statement that writes, and one with all of the steps takes longer than
-- writing the row; what a function holds it reads once per connection.
-- The list is printed from the toolset: `kernel::graph::sql_check`.

create function step_is_one() returns trigger
language plpgsql
set search_path from current
as $$
begin
    if new.from_state || '>' || new.to_state not in (
        '>new',
        '>needs_info',
        '>triaged',
        '>ready_to_schedule',
        'new>needs_info',
        'new>triaged',
        'new>approval_required',
        'new>ready_to_schedule',
        'new>cancelled',
        'needs_info>triaged',
        'needs_info>approval_required',
        'needs_info>ready_to_schedule',
        'needs_info>cancelled',
        'triaged>needs_info',
        'triaged>triaged',
        'triaged>approval_required',
        'triaged>ready_to_schedule',
        'triaged>dispatched',
        'triaged>cancelled',
        'approval_required>triaged',
        'approval_required>ready_to_schedule',
        'approval_required>in_progress',
        'approval_required>cancelled',
        'ready_to_schedule>schedule_proposed',
        'ready_to_schedule>dispatched',
        'ready_to_schedule>cancelled',
        'schedule_proposed>schedule_proposed',
        'schedule_proposed>pending_customer_confirmation',
        'schedule_proposed>scheduled',
        'schedule_proposed>cancelled',
        'pending_customer_confirmation>schedule_proposed',
        'pending_customer_confirmation>scheduled',
        'pending_customer_confirmation>cancelled',
        'scheduled>schedule_proposed',
        'scheduled>pending_customer_confirmation',
        'scheduled>dispatched',
        'scheduled>cancelled',
        'dispatched>schedule_proposed',
        'dispatched>scheduled',
        'dispatched>in_progress',
        'dispatched>cancelled',
        'in_progress>approval_required',
        'in_progress>ready_to_schedule',
        'in_progress>on_hold',
        'in_progress>completed_pending_verification',
        'in_progress>cancelled',
        'on_hold>ready_to_schedule',
        'on_hold>scheduled',
        'on_hold>in_progress',
        'on_hold>cancelled',
        'completed_pending_verification>in_progress',
        'completed_pending_verification>verified',
        'completed_pending_verification>closed',
        'completed_pending_verification>cancelled',
        'verified>in_progress',
        'verified>invoiced',
        'verified>closed',
        'verified>cancelled',
        'invoiced>in_progress',
        'invoiced>closed',
        'invoiced>cancelled',
        'closed>in_progress'
    ) then
        raise exception using
            message = 'there is no step from ' || new.from_state || ' to ' || new.to_state,
            errcode = 'check_violation';
    end if;
    return new;
end
$$;

create trigger step_is_one before insert or update on transition
for each row execute function step_is_one();

alter table transition drop constraint transition_check;
